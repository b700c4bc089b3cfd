"""Reads the files that kmmd writes: motion of robots (.npz, .csv), of people (.npz), and recordings (.mcap).

    motion = kmmd.load("wave_g1.npz")
    motion.joint("left_knee_joint")      # rad, one number a frame
    motion                               # in a notebook: what it is, with plots
"""

from __future__ import annotations

import csv
import html
import json
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from .container import HEADER_SIZE, decode
from .messages import Frame

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RobotMotion:
    """Motion of a robot at a steady rate: metres, radians; x forward, y left, z up; quaternions w, x, y, z."""

    joint_names: list[str]
    rate_hz: float
    root_pos: Array
    root_quat: Array
    joint_pos: Array
    contacts: Array | None = None
    """Share of the weight on left and right foot, where the file says."""
    quality: Mapping[str, Array] = field(default_factory=dict)
    """What `kmmctl retarget` measured, one number a frame."""
    name: str = ""

    def __len__(self) -> int:
        return len(self.joint_pos)

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return len(self) / self.rate_hz

    def joint(self, name: str) -> Array:
        """Positions of one joint, rad."""
        return self.joint_pos[:, self.joint_names.index(name)]

    def __repr__(self) -> str:
        joints = f"{len(self.joint_names)} joints"
        return f"<RobotMotion {self.name}: {joints}, {len(self)} frames, {self.duration_s:.1f} s at {self.rate_hz:g} Hz>"

    def _repr_html_(self) -> str:
        moving = np.argsort(-np.ptp(self.joint_pos, axis=0), kind="stable")[:6] if len(self) else []
        plots = [(self.joint_names[index], self.joint_pos[:, index], "rad") for index in moving]
        plots = [("root, height", self.root_pos[:, 2], "m"), *plots] if len(self) else []
        return page(self.name or "robot motion", f"{len(self.joint_names)} joints", len(self), self.rate_hz, plots)


@dataclass(frozen=True)
class PersonMotion:
    """Motion of a person as AMASS lays it out: axis-angle rotations of SMPL's joints, rad, and places, m, z up."""

    rate_hz: float
    poses: Array
    """(frames, 22, 3)."""
    trans: Array
    """(frames, 3)."""
    text: str = ""
    contacts: Array | None = None
    name: str = ""

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return len(self) / self.rate_hz

    def __repr__(self) -> str:
        return f"<PersonMotion {self.name}: {self.text!r}, {len(self)} frames, {self.duration_s:.1f} s at {self.rate_hz:g} Hz>"

    def _repr_html_(self) -> str:
        plots = [(f"root, {axis}", self.trans[:, index], "m") for index, axis in enumerate("xyz")] if len(self) else []
        return page(self.name or "a person's motion", self.text, len(self), self.rate_hz, plots)


@dataclass(frozen=True)
class Recording:
    """A recording: what was asked, what happened, and the stream of each robot as it was sent."""

    frames: dict[str, list[Frame]]
    events: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    profiles: dict[str, dict[str, Any]]
    urdf: dict[str, str]
    name: str = ""

    @property
    def robots(self) -> list[str]:
        """Names of the robots."""
        return sorted(self.frames)

    def motion(self, robot: str | None = None) -> RobotMotion:
        """The stream of a robot as motion; of the only one unless named."""
        if robot is None:
            if len(self.frames) != 1:
                raise ValueError(f"{self.name} holds {', '.join(self.robots) or 'no robot'}: name one")
            robot = self.robots[0]
        frames, profile = self.frames[robot], self.profiles[robot]
        stack = lambda values: np.array(values, np.float64)  # noqa: E731
        return RobotMotion(
            list(profile["joint_names"]), float(profile["rate_hz"]), stack([frame.root_pos for frame in frames]),
            stack([frame.root_quat for frame in frames]), stack([frame.joint_pos for frame in frames]), name=self.name)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.frames[robot])} frames of {robot}" for robot in self.robots)
        return f"<Recording {self.name}: {counts or 'no frames'}, {len(self.events)} events, {len(self.requests)} requests>"

    def _repr_html_(self) -> str:
        return "".join(self.motion(robot)._repr_html_() for robot in self.robots)


Motion = Union[RobotMotion, PersonMotion, Recording]


def load(path: str | os.PathLike[str]) -> Motion:
    """Reads a file that kmmd or kmmctl wrote; ValueError says what is wrong with another one."""
    file = pathlib.Path(path)
    if file.suffix == ".npz":
        return arrays(file)
    if file.suffix == ".csv":
        return table(file)
    if file.suffix == ".mcap":
        return recording(file)
    raise ValueError(f"{file}: .npz, .csv and .mcap are read, not {file.suffix or 'a file without an ending'}")


def arrays(file: pathlib.Path) -> RobotMotion | PersonMotion:
    """The .npz of `kmmctl retarget`, `export --format npz`, `generate` and `convert`."""
    with np.load(file, allow_pickle=False) as data:
        values = {name: data[name] for name in data.files}
    if "joint_pos" in values and "joint_names" in values:
        lacking = [name for name in ("root_pos", "root_quat", "fps") if name not in values]
        if lacking:
            raise ValueError(f"{file}: there is joint_pos, but no {' and no '.join(lacking)}")
        root_pos, root_quat, joint_pos = (values[name].astype(np.float64) for name in ("root_pos", "root_quat", "joint_pos"))
        return RobotMotion(
            [str(name) for name in values["joint_names"]], float(values["fps"]), root_pos, root_quat, joint_pos,
            values.get("contacts"),
            {name.removeprefix("quality_"): value for name, value in values.items() if name.startswith("quality_")}, file.name)
    if "poses" in values and "trans" in values:
        poses = values["poses"].reshape(len(values["poses"]), -1, 3)[:, :22].astype(np.float64)
        rate = float(values.get("mocap_framerate", values.get("mocap_frame_rate", 30)))
        return PersonMotion(
            rate, poses, values["trans"].astype(np.float64), str(values.get("text", "")), values.get("contacts"), file.name)
    raise ValueError(f"{file}: neither a robot's motion (joint_pos, joint_names) nor a person's (poses, trans)")


def table(file: pathlib.Path) -> RobotMotion:
    """The .csv of `kmmctl retarget`, which names its columns."""
    with file.open(newline="") as lines:
        rows = list(csv.reader(lines))
    root = ["root_x", "root_y", "root_z", "root_qw", "root_qx", "root_qy", "root_qz"]
    if not rows or rows[0][:8] != ["t", *root]:
        raise ValueError(f"{file}: the first line does not name t, {', '.join(root)} and joints (`kmmctl retarget … -o x.csv` does)")
    values = np.array(rows[1:], np.float64).reshape(len(rows) - 1, len(rows[0]))
    rate = (len(values) - 1) / (values[-1, 0] - values[0, 0]) if len(values) > 1 else 50.0
    return RobotMotion(rows[0][8:], float(rate), values[:, 1:4], values[:, 4:8], values[:, 8:], name=file.name)


def recording(file: pathlib.Path) -> Recording:
    """An .mcap of `kmmctl record`."""
    try:
        from mcap.reader import make_reader
    except ImportError:
        raise ImportError("recordings need the package mcap: pip install 'kmmd[recordings]', or mcap") from None
    result = Recording({}, [], [], {}, {}, file.name)
    with file.open("rb") as stream:
        for _, channel, message in make_reader(stream).iter_messages():
            take(result, channel.topic, message.data)
    return result


def take(into: Recording, topic: str, data: bytes) -> None:
    """Adds one message to a recording."""
    kind, _, robot = topic.rstrip(".").partition(".")
    if kind == "reference" and len(data) > HEADER_SIZE:
        into.frames.setdefault(robot, []).append(Frame.of(decode(data)))
    elif topic == "request":
        into.requests.append(json.loads(data))
    elif kind in ("event", "robot"):
        into.events.append(json.loads(data))
    elif kind == "profile":
        into.profiles[robot] = json.loads(data)
    elif topic.endswith("/robot_description"):
        into.urdf[topic.split("/")[1]] = json.loads(data)["data"]


# Notebooks


def page(name: str, more: str, frames: int, rate_hz: float, plots: list[tuple[str, Array, str]]) -> str:
    """What a notebook shows: one line, and a plot for each row; readable in the light and in the dark."""
    title = f"<b>{html.escape(name)}</b> {html.escape(more)}, {frames} frames at {rate_hz:g} Hz ({frames / rate_hz:.1f} s)"
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td>{curve(values)}</td><td>{values.min():.2f} … {values.max():.2f} {unit}</td></tr>"
        for label, values, unit in plots)
    return f"<div>{title}<table>{rows}</table></div>"


def curve(values: Array, width: int = 320, height: int = 36) -> str:
    """A curve as SVG."""
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 1e-3)
    step = max(1, len(values) // width)
    points = " ".join(
        f"{width * index / max(1, len(values) - 1):.1f},{height - 2 - (height - 4) * (float(values[index]) - low) / room:.1f}"
        for index in range(0, len(values), step))
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="from {low:.2f} to {high:.2f}">'
        f'<polyline points="{points}" fill="none" stroke="#3a86d8" stroke-width="1.5"/></svg>')

