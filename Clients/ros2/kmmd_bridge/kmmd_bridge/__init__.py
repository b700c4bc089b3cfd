"""kmmd in ROS 2."""
