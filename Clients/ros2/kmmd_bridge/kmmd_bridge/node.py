# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 node: kmmd's stream as topics and TF, its commands as services and an action. The README lists them."""

from __future__ import annotations

import pathlib
import signal
import threading
import time

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PoseStamped, TransformStamped
from kmmd_interfaces.action import Say
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from tf2_ros import TransformBroadcaster
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

import kmmd
from kmmd.endpoints import endpoint

from . import messages
from .people import People


class Bridge(Node):
    """Looks for the daemon until it is there, then reads the stream on a thread of its own."""

    def __init__(self) -> None:
        super().__init__("kmmd_bridge")
        self.robot = str(self.declare_parameter("robot", "").value) or None
        self.sends_trajectories = self.declare_parameter("mode", "states").value == "trajectory"
        self.horizon = float(self.declare_parameter("horizon", 0.1).value)
        host = str(self.declare_parameter("host", "").value)
        key = str(self.declare_parameter("key", "").value) or None
        urdf = str(self.declare_parameter("urdf", "").value)
        self.sends_transforms = bool(self.declare_parameter("publish_tf", True).value)
        self.root_frame = str(self.declare_parameter("root_frame", "").value)
        given = {name: f"tcp://{host}:{endpoint(name, None).rsplit(':', 1)[1]}" for name in
                 ("command", "priority", "events", "stream")} if host else {}
        self.client = kmmd.Client(**given, key=key)
        to_people = f"tcp://{host}:5776" if host else endpoint("people", None)
        self.sender = kmmd.PersonSender(
            str(self.declare_parameter("person", "ros").value), to_people, axes="zup", key=key)
        self.names: list[str] = []
        self.watch = messages.Watch()
        self.states = self.create_publisher(JointState, "~/joint_states", 10)
        self.roots = self.create_publisher(PoseStamped, "~/root", 10)
        self.trajectories = self.create_publisher(JointTrajectory, "~/joint_trajectory", 10)
        self.diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.transforms = TransformBroadcaster(self)
        self.describe(urdf)
        group = ReentrantCallbackGroup()
        self.create_subscription(String, "~/say", self.say, 10, callback_group=group)
        self.services_ = [
            self.create_service(Trigger, f"~/{verb}", self.verb(verb), callback_group=group)
            for verb in ("hold", "resume", "stop", "halt", "reset")
        ]
        self.action = ActionServer(
            self, Say, "~/say_action", self.carry_out, cancel_callback=lambda _: CancelResponse.ACCEPT, callback_group=group)
        self.people = People(self, self.client, self.robot, self.sender, group)
        self.create_timer(1.0, self.diagnose)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def describe(self, urdf: str) -> None:
        """Publishes the robot's description, kept for those who subscribe later."""
        if not urdf:
            return
        kept = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.description = self.create_publisher(String, "robot_description", kept)
        self.description.publish(messages.assign(String(), {"data": pathlib.Path(urdf).read_text()}))

    # Commands

    def say(self, text: String) -> None:
        """Carries a text out in place of what plays."""
        try:
            self.get_logger().info(self.client.say(text.data, robot=self.robot, replace=True).command)
        except (kmmd.KmmdError, kmmd.NoAnswer) as error:
            self.get_logger().error(str(error))

    def verb(self, name: str):
        """A service that is one verb of the daemon."""
        def call(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            try:
                frame = getattr(self.client, name)(self.robot)
                response.success, response.message = True, f"takes effect with frame {frame}"
            except (kmmd.KmmdError, kmmd.NoAnswer) as error:
                response.success, response.message = False, str(error)
            return response
        return call

    def carry_out(self, goal) -> Say.Result:
        """The action: says the text, tells its events, and ends with it."""
        result, request = Say.Result(), goal.request
        try:
            with self.client.subscribe(frames=False, robot=self.robot, timeout=0.2) as events:
                events.wait_until_connected(self.client.timeout)
                ack = self.client.say(
                    request.text, robot=self.robot, replace=request.replace, duration_s=request.duration or None)
                result.command = ack.command
                is_cancelled = False
                while rclpy.ok():
                    if goal.is_cancel_requested and not is_cancelled:
                        is_cancelled = True
                        self.client.cancel(ack.command)
                    try:
                        event = next(events)
                    except kmmd.NoAnswer:
                        continue
                    if getattr(event, "command", None) != ack.command:
                        continue
                    goal.publish_feedback(messages.assign(Say.Feedback(), messages.feedback(event.name, event.data)))
                    if event.name in messages.FINAL:
                        result.state, result.reason = event.name, str(event.data.get("reason") or "")
                        break
        except (kmmd.KmmdError, kmmd.NoAnswer) as error:
            result.state, result.reason = "failed", str(error)
        if result.state == "done":
            goal.succeed()
        elif result.state == "cancelled" and goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.abort()
        return result

    # The stream

    def run(self) -> None:
        """Looks for the daemon, which may be started later or again, and reads."""
        while not self.is_over.is_set():
            try:
                description = self.client.robot(self.robot)
            except (kmmd.NoAnswer, kmmd.KmmdError) as error:
                self.get_logger().warning(f"{error}; asking again", throttle_duration_sec=10)
                self.is_over.wait(1)
                continue
            self.names = list(description["joint_names"])
            self.get_logger().info(f"{description['robot']}: {len(self.names)} joints at {description['rate_hz']} Hz")
            self.read(str(description["robot"]))

    def read(self, robot: str) -> None:
        """Publishes references until the node ends or they have another number of joints; silence ends in a hold."""
        is_silent = False
        with self.client.subscribe(events=False, robot=robot, timeout=0.15) as stream:
            while not self.is_over.is_set():
                try:
                    frame = next(stream)
                except kmmd.NoAnswer:
                    if not is_silent and self.sends_trajectories:
                        self.trajectories.publish(messages.assign(JointTrajectory(), messages.hold(self.names)))
                    is_silent = True
                    continue
                if len(frame.joint_pos) != len(self.names):
                    return
                is_silent = False
                self.watch.heard(frame, time.monotonic())
                self.states.publish(messages.assign(JointState(), messages.joint_state(frame, self.names)))
                self.roots.publish(messages.assign(PoseStamped(), messages.root_pose(frame)))
                if self.sends_transforms:
                    fields = messages.root_transform(frame, self.root_frame or "pelvis")
                    self.transforms.sendTransform(messages.assign(TransformStamped(), fields))
                if self.sends_trajectories:
                    self.trajectories.publish(self.trajectory(frame))

    def trajectory(self, frame: kmmd.Frame) -> JointTrajectory:
        """The reference as a trajectory of one point."""
        fields = messages.joint_trajectory(frame, self.names, self.horizon)
        fields["points"] = [messages.assign(JointTrajectoryPoint(), point) for point in fields["points"]]
        return messages.assign(JointTrajectory(), fields)

    def diagnose(self) -> None:
        """Tells once a second how the stream fares."""
        fields = self.watch.status(time.monotonic())
        status = messages.assign(DiagnosticStatus(), {
            **fields, "level": bytes([fields["level"]]),
            "values": [messages.assign(KeyValue(), {"key": key, "value": value}) for key, value in fields["values"].items()],
        })
        array = DiagnosticArray()
        array.header.stamp = self.get_clock().now().to_msg()
        array.status = [status]
        self.diagnostics.publish(array)


def main() -> None:
    # Its own handlers would shut ROS down under the thread that still publishes.
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    node = Bridge()
    executor = MultiThreadedExecutor()
    executor.add_node(node)
    try:
        executor.spin()
    except KeyboardInterrupt:
        pass
    finally:
        node.is_over.set()
        node.thread.join()
        node.client.close()
        node.sender.close()
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
