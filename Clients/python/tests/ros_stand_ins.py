"""Typed stand-ins for the parts of ROS 2 that the bridge uses: fields have ROS's names and types, and refuse others.

They take the place of rclpy and the message packages, which `make test` does not install; Packaging/test-ros2 tries the real ones.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Callable


class Message:
    """A message whose fields keep their types, as rosidl's generated Python does."""

    FIELDS: dict[str, Any] = {}

    def __init__(self) -> None:
        for name, default in self.FIELDS.items():
            object.__setattr__(self, name, default() if isinstance(default, type) else default)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.FIELDS, f"{type(self).__name__} has no field {name}"
        expected = type(getattr(self, name))
        assert isinstance(value, expected), f"{type(self).__name__}.{name} is {expected.__name__}, not {type(value).__name__}"
        object.__setattr__(self, name, value)


def message(name: str, /, **fields: Any) -> type[Message]:
    return type(name, (Message,), {"FIELDS": fields})


Time = message("Time", sec=int, nanosec=int)
Header = message("Header", stamp=Time, frame_id=str)
Point = message("Point", x=float, y=float, z=float)
Rotation = message("Quaternion", x=float, y=float, z=float, w=float)
Pose = message("Pose", position=Point, orientation=Rotation)
Transform = message("Transform", translation=Point, rotation=Rotation)


class Goal:
    """What an action server is given."""

    def __init__(self, request: Any) -> None:
        self.request, self.feedback, self.state, self.is_cancel_requested = request, [], "", False

    def publish_feedback(self, feedback: Any) -> None:
        self.feedback.append(feedback)

    def succeed(self) -> None:
        self.state = "succeeded"

    def abort(self) -> None:
        self.state = "aborted"

    def canceled(self) -> None:
        self.state = "canceled"


class Node:
    """A node that keeps what it is given, so that a test can look at it and call it."""

    parameters: dict[str, Any] = {}

    def __init__(self, name: str) -> None:
        self.published: dict[str, list[Any]] = {}
        self.calls: dict[str, Callable[..., Any]] = {}
        self.logged: list[str] = []

    def declare_parameter(self, name: str, default: Any) -> Any:
        return types.SimpleNamespace(value=self.parameters.get(name, default))

    def create_publisher(self, kind: type, topic: str, quality: Any) -> Any:
        heard = self.published.setdefault(topic, [])

        def publish(value: Any) -> None:
            assert isinstance(value, kind)
            heard.append(value)
        return types.SimpleNamespace(publish=publish)

    def create_subscription(self, kind: type, topic: str, call: Any, quality: Any, callback_group: Any = None) -> None:
        self.calls[topic] = call

    def create_service(self, kind: type, name: str, call: Any, callback_group: Any = None) -> None:
        self.calls[name] = call

    def create_timer(self, period: float, call: Any) -> None:
        self.calls["timer"] = call

    def get_logger(self) -> Any:
        note = lambda text, **_: self.logged.append(str(text))  # noqa: E731
        return types.SimpleNamespace(info=note, warning=note, error=note)

    def get_clock(self) -> Any:
        return types.SimpleNamespace(now=lambda: types.SimpleNamespace(to_msg=Time))

    def destroy_node(self) -> None:
        pass


def install() -> None:
    """Puts the stand-ins where the bridge imports them from."""
    def module(path: str, /, **members: Any) -> None:
        parts = path.split(".")
        for end in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
        for name, value in members.items():
            setattr(sys.modules[path], name, value)

    text = message("String", data=str)
    say = types.SimpleNamespace(
        Goal=message("Goal", text=str, replace=bool, duration=float),
        Result=message("Result", command=str, state=str, reason=str), Feedback=message("Feedback", event=str, segment=int))
    follow = types.SimpleNamespace(
        Goal=message("Goal", person=str, part=str, delay=float, ramp=bool), Result=message("Result", reason=str),
        Feedback=message("Feedback", state=str, farthest=str, distance=float))
    trigger = types.SimpleNamespace(Request=message("Request"), Response=message("Response", success=bool, message=str))
    point = message("JointTrajectoryPoint", positions=list, velocities=list, accelerations=list, effort=list, time_from_start=Time)
    actions: list[Any] = []
    module("rclpy", init=lambda: None, ok=lambda: True, try_shutdown=lambda: None)
    module("rclpy.node", Node=Node)
    module("rclpy.signals", SignalHandlerOptions=types.SimpleNamespace(NO=0))
    module(
        "rclpy.action", CancelResponse=types.SimpleNamespace(ACCEPT=1),
        ActionServer=lambda node, kind, name, call, **_: (actions.append(name), node.calls.__setitem__(name, call)))
    module("rclpy.callback_groups", ReentrantCallbackGroup=object)
    module("rclpy.executors", MultiThreadedExecutor=object)
    module(
        "rclpy.qos", DurabilityPolicy=types.SimpleNamespace(TRANSIENT_LOCAL=1),
        QoSProfile=lambda **settings: types.SimpleNamespace(**settings))
    module("std_msgs.msg", String=text)
    module("std_srvs.srv", Trigger=trigger)
    module("sensor_msgs.msg", JointState=message("JointState", header=Header, name=list, position=list, velocity=list, effort=list))
    module("geometry_msgs.msg", PoseArray=message("PoseArray", header=Header, poses=list), Pose=Pose, PoseStamped=message("PoseStamped", header=Header, pose=Pose),
           TransformStamped=message("TransformStamped", header=Header, child_frame_id=str, transform=Transform))
    module("trajectory_msgs.msg", JointTrajectoryPoint=point,
           JointTrajectory=message("JointTrajectory", header=Header, joint_names=list, points=list))
    module("diagnostic_msgs.msg", KeyValue=message("KeyValue", key=str, value=str),
           DiagnosticArray=message("DiagnosticArray", header=Header, status=list),
           DiagnosticStatus=message("DiagnosticStatus", level=b"\0", name=str, message=str, hardware_id=str, values=list))
    module("tf2_ros", TransformBroadcaster=lambda node: node.create_publisher(
        sys.modules["geometry_msgs.msg"].TransformStamped, "/tf", 10) and types.SimpleNamespace(
            sendTransform=lambda value: node.published["/tf"].append(value)))
    module("kmmd_interfaces.action", Say=say, Follow=follow)
