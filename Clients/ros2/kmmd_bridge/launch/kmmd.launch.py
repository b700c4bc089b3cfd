"""The bridge and, for RViz, robot_state_publisher: ros2 launch kmmd_bridge kmmd.launch.py urdf:=robot.urdf"""

import pathlib

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def nodes(context):
    value = {name: LaunchConfiguration(name).perform(context) for name in ("robot", "mode", "host", "key", "urdf", "config")}
    parameters = {name: value[name] for name in ("robot", "mode", "host", "key", "urdf") if value[name]}
    bridge = Node(
        package="kmmd_bridge", executable="kmmd_bridge", name="kmmd_bridge", output="screen",
        parameters=[value["config"], parameters])
    if not value["urdf"]:
        return [bridge]
    description = {"robot_description": pathlib.Path(value["urdf"]).read_text()}
    return [bridge, Node(
        package="robot_state_publisher", executable="robot_state_publisher", parameters=[description],
        remappings=[("joint_states", "kmmd_bridge/joint_states")])]


def generate_launch_description():
    config = str(pathlib.Path(get_package_share_directory("kmmd_bridge")) / "config/kmmd.yaml")
    defaults = {"robot": "", "mode": "", "host": "", "key": "", "urdf": "", "config": config}
    arguments = [DeclareLaunchArgument(name, default_value=value) for name, value in defaults.items()]
    return LaunchDescription([*arguments, OpaqueFunction(function=nodes)])
