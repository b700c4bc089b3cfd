"""What the daemon sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np
from numpy.typing import NDArray

from .container import Message

FINAL = {"done", "cancelled", "preempted", "failed", "infeasible", "expired", "interrupted"}
"""States of a command after which nothing follows."""


@dataclass(frozen=True)
class Ack:
    """A command was accepted."""

    command: str
    """The daemon's name for it, such as `c-000001`."""
    robot: str
    state: str
    position: int
    """Its place among the unfinished commands of the robot, from 1."""
    segments: list[Mapping[str, Any]]
    """Its actions: `text` and, where it was stated, `duration_s`."""
    warnings: list[str]
    verb: str | None = None
    """What the text said to do at once, and was done: `hold`, `stop` or `halt`."""


@dataclass(frozen=True)
class Event:
    """Something happened to a command or a robot."""

    topic: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What happened: a command's state, `spliced`, `segment`, `underrun`, `robot`."""
        return str(self.data.get("event", ""))

    @property
    def command(self) -> str | None:
        """The command that it happened to."""
        return self.data.get("command")

    @property
    def is_end(self) -> bool:
        """Whether the command is over with it, done or not."""
        return self.command is not None and self.data.get("state") in FINAL


@dataclass(frozen=True)
class Frame:
    """One reference of the joint stream. World: x forward, y left, z up; metres, radians; quaternions w, x, y, z."""

    robot: str
    header: Mapping[str, Any]
    """Also `epoch`, `t_mono_ns`, `t_wall_ns`, `t_play_ns`, `profile`, `rate_hz`, `stale_after_ms`."""
    root_pos: NDArray[np.float32]
    root_quat: NDArray[np.float32]
    root_lin_vel: NDArray[np.float32]
    root_ang_vel: NDArray[np.float32]
    joint_pos: NDArray[np.float32]
    joint_vel: NDArray[np.float32]
    contacts: NDArray[np.float32]

    @property
    def seq(self) -> int:
        """Rises by one with every message: a gap is a lost one."""
        return int(self.header["seq"])

    @property
    def frame(self) -> int:
        """Index on the robot's timeline."""
        return int(self.header["frame"])

    @property
    def state(self) -> str:
        """`holding`, `ramping`, `playing`, `stopping` or `halted`."""
        return str(self.header["state"])

    @property
    def command(self) -> str | None:
        """The command that the frame belongs to."""
        return self.header["command"]

    @classmethod
    def of(cls, message: Message) -> Frame:
        """The frame of a message `reference.<robot>.`."""
        robot = message.topic.removeprefix("reference.").removesuffix(".")
        return cls(robot, message.header, **message.fields)
