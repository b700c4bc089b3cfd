# SPDX-License-Identifier: Apache-2.0
"""Live people in ROS 2: a robot follows one as an action, and poses of one on a topic go to the daemon."""

from __future__ import annotations

from typing import Any

import rclpy
from geometry_msgs.msg import PoseArray
from kmmd_interfaces.action import Follow
from rclpy.action import ActionServer, CancelResponse
from rclpy.node import Node

import kmmd

from . import messages


class People:
    """The action `~/follow` and the topic `~/person` of a node."""

    def __init__(self, node: Node, client: kmmd.Client, robot: str | None, sender: kmmd.PersonSender, group: Any) -> None:
        self.node, self.client, self.robot, self.sender = node, client, robot, sender
        node.create_subscription(PoseArray, "~/person", self.take, 10, callback_group=group)
        self.action = ActionServer(
            node, Follow, "~/follow", self.follow, cancel_callback=lambda _: CancelResponse.ACCEPT, callback_group=group)

    def take(self, poses: PoseArray) -> None:
        """Sends 22 poses in the world, in SMPL's order, as they were stamped."""
        if len(poses.poses) != messages.JOINTS:
            self.node.get_logger().error(f"~/person has {len(poses.poses)} poses; SMPL has {messages.JOINTS} joints")
            return
        turns, places = messages.person(poses)
        stamp = poses.header.stamp
        self.sender.send(rot_world=turns, pos=places, root_pos=places[0], t_src_ns=stamp.sec * 1_000_000_000 + stamp.nanosec)

    def follow(self, goal: Any) -> Follow.Result:
        """Follows until something ends it; cancelling holds the robot."""
        result, request = Follow.Result(), goal.request
        try:
            with self.client.subscribe(frames=False, timeout=0.2) as events:
                events.wait_until_connected(self.client.timeout)
                self.client.follow(
                    request.person, robot=self.robot, part=request.part or None, delay_ms=1000 * request.delay,
                    far="ramp" if request.ramp else None)
                is_cancelled = False
                while rclpy.ok():
                    if goal.is_cancel_requested and not is_cancelled:
                        is_cancelled = True
                        self.client.hold(self.robot)
                    try:
                        event = next(events)
                    except kmmd.NoAnswer:
                        continue
                    told = event.data
                    if event.name != "follow" or told["person"] != request.person or self.robot not in (None, told["robot"]):
                        continue
                    if told["state"] == "ended":
                        result.reason = str(told.get("reason") or "")
                        break
                    goal.publish_feedback(messages.assign(Follow.Feedback(), messages.following(told)))
        except (kmmd.KmmdError, kmmd.NoAnswer) as error:
            result.reason = str(error)
            goal.abort()
            return result
        if goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.succeed()
        return result
