#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 node that publishes kmmd's references and takes texts. The README beside it lists topics and parameters."""

from __future__ import annotations

import threading

import kmmd
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

import kmmd_messages as messages


class Bridge(Node):
    """Reads the stream on a thread of its own and publishes what comes."""

    def __init__(self) -> None:
        super().__init__("kmmd_bridge")
        robot = str(self.declare_parameter("robot", "").value) or None
        self.sends_trajectories = self.declare_parameter("mode", "states").value == "trajectory"
        self.horizon = float(self.declare_parameter("horizon", 0.1).value)
        self.client = kmmd.Client()
        description = self.client.robot(robot)
        self.robot = str(description["robot"])
        self.names = list(description["joint_names"])
        self.states = self.create_publisher(JointState, "~/joint_states", 10)
        self.roots = self.create_publisher(PoseStamped, "~/root", 10)
        self.trajectories = self.create_publisher(JointTrajectory, "~/joint_trajectory", 10)
        self.create_subscription(String, "~/say", self.say, 10)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def say(self, text: String) -> None:
        """Carries a text out in place of what plays."""
        try:
            self.get_logger().info(self.client.say(text.data, robot=self.robot, replace=True).command)
        except (kmmd.KmmdError, kmmd.NoAnswer) as error:
            self.get_logger().error(str(error))

    def read(self) -> None:
        """Publishes references until the node ends; silence is a fault, and ends in a hold."""
        is_silent = False
        with self.client.subscribe(events=False, robot=self.robot, timeout=0.15) as stream:
            while not self.is_over.is_set():
                try:
                    frame = next(stream)
                except kmmd.NoAnswer:
                    if not is_silent and self.sends_trajectories:
                        self.trajectories.publish(messages.assign(JointTrajectory(), messages.hold(self.names)))
                    is_silent = True
                    continue
                is_silent = False
                assert isinstance(frame, kmmd.Frame)
                self.states.publish(messages.assign(JointState(), messages.joint_state(frame, self.names)))
                self.roots.publish(messages.assign(PoseStamped(), messages.root_pose(frame)))
                if self.sends_trajectories:
                    self.trajectories.publish(self.trajectory(frame))

    def trajectory(self, frame: kmmd.Frame) -> JointTrajectory:
        """The reference as a trajectory of one point."""
        fields = messages.joint_trajectory(frame, self.names, self.horizon)
        fields["points"] = [messages.assign(JointTrajectoryPoint(), point) for point in fields["points"]]
        return messages.assign(JointTrajectory(), fields)


def main() -> None:
    rclpy.init()
    node = Bridge()
    try:
        rclpy.spin(node)
    except KeyboardInterrupt:
        pass
    finally:
        node.is_over.set()
        node.thread.join()
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
