# SPDX-License-Identifier: Apache-2.0
"""Drives a running kmmd_bridge as another node would, and ends with an error when something does not come. See Packaging/test-ros2."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any, Callable

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from kmmd_interfaces.action import Say
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory


class Driver(Node):
    """Keeps what it hears, and waits for what it asked."""

    def __init__(self) -> None:
        super().__init__("kmmd_driver")
        self.heard: dict[str, list[Any]] = defaultdict(list)
        kept = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        for kind, topic, quality in (
            (JointState, "/kmmd_bridge/joint_states", 10), (JointTrajectory, "/kmmd_bridge/joint_trajectory", 10),
            (DiagnosticArray, "/diagnostics", 10), (String, "/robot_description", kept),
        ):
            self.create_subscription(kind, topic, self.heard[topic].append, quality)

    def until(self, holds: Callable[[], Any], what: str, seconds: float = 120) -> None:
        """Hears until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"{what} did not come"
            rclpy.spin_once(self, timeout_sec=0.05)

    def result(self, future: Any, what: str) -> Any:
        """What a future becomes."""
        self.until(future.done, what)
        return future.result()


def main() -> None:
    rclpy.init()
    node = Driver()
    heard = node.heard
    node.until(lambda: len(heard["/kmmd_bridge/joint_states"]) > 20, "joint states")
    node.until(lambda: heard["/robot_description"] and heard["/diagnostics"], "description and diagnostics")
    assert len(heard["/kmmd_bridge/joint_states"][-1].name) == len(heard["/kmmd_bridge/joint_trajectory"][-1].points[0].positions) > 0

    action = ActionClient(node, Say, "/kmmd_bridge/say_action")
    assert action.wait_for_server(timeout_sec=30)
    events: list[str] = []
    goal = node.result(action.send_goal_async(
        Say.Goal(text="wave", duration=1.5), feedback_callback=lambda message: events.append(message.feedback.event)), "an answer to the goal")
    ended = node.result(goal.get_result_async(), "the end of the goal")
    print(f"say: {ended.result.state}, {' '.join(events)}")
    assert ended.result.state == "done" and "playing" in events

    goal = node.result(action.send_goal_async(Say.Goal(text="walk forward", duration=8.0)), "an answer to the goal")
    node.result(goal.cancel_goal_async(), "an answer to cancelling")
    assert node.result(goal.get_result_async(), "the end of the cancelled goal").result.state == "cancelled"

    for verb in ("hold", "resume", "stop"):
        service = node.create_client(Trigger, f"/kmmd_bridge/{verb}")
        assert service.wait_for_service(timeout_sec=30)
        answer = node.result(service.call_async(Trigger.Request()), verb)
        print(f"{verb}: {answer.message}")
        assert answer.success
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == "__main__":
    main()
