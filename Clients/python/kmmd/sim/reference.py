"""What a robot is asked to do: frames of root and joints at 50 Hz, from a file, a recording, or the live stream."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from .. import container
from ..messages import Frame

Array = NDArray[np.float64]

RATE = 50
"""Frames a second, the rate of trackers."""


class ReferenceError(ValueError):
    """A file is no motion that can be followed; the text says why."""


@dataclass(frozen=True)
class Instant:
    """One frame. World axes, metres, radians; quaternion w, x, y, z."""

    root_pos: Array
    root_quat: Array
    root_lin_vel: Array
    root_ang_vel: Array
    joint_pos: Array

    def at_rest(self) -> Instant:
        """The same pose without speed."""
        return Instant(self.root_pos, self.root_quat, np.zeros(3), np.zeros(3), self.joint_pos)


@dataclass(frozen=True)
class Reference:
    """A motion at 50 Hz. Arrays [T, …] as in `Instant`."""

    joint_names: tuple[str, ...]
    root_pos: Array
    root_quat: Array
    root_lin_vel: Array
    root_ang_vel: Array
    joint_pos: Array

    def __len__(self) -> int:
        return len(self.root_pos)

    def __getitem__(self, frame: int) -> Instant:
        return Instant(
            self.root_pos[frame], self.root_quat[frame], self.root_lin_vel[frame], self.root_ang_vel[frame],
            self.joint_pos[frame],
        )

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (len(self) - 1) / RATE

    @property
    def begins_at_rest(self) -> bool:
        """Whether over the first three frames no joint is faster than 0.3 rad/s and the root not faster than 0.1 m/s."""
        joints = np.abs(np.diff(self.joint_pos[:3], axis=0)).max(initial=0) * RATE
        root = np.linalg.norm(np.diff(self.root_pos[:3], axis=0), axis=1).max(initial=0) * RATE
        return bool(joints <= 0.3 and root <= 0.1)

    def part(self, first: int, last: int) -> Reference:
        """The frames from `first` up to, not including, `last`."""
        cut = slice(first, last)
        return Reference(
            self.joint_names, self.root_pos[cut], self.root_quat[cut], self.root_lin_vel[cut], self.root_ang_vel[cut],
            self.joint_pos[cut],
        )

    def ordered(self, names: Sequence[str]) -> Reference:
        """The same motion with its joints in the order of `names`."""
        if tuple(names) == self.joint_names:
            return self
        missing = sorted(set(names) - set(self.joint_names))
        if missing:
            raise ReferenceError(f"the motion has no joint {', '.join(missing)}: it is another robot's")
        order = [self.joint_names.index(name) for name in names]
        return Reference(
            tuple(names), self.root_pos, self.root_quat, self.root_lin_vel, self.root_ang_vel,
            self.joint_pos[:, order],
        )

    @classmethod
    def load(cls, path: str | pathlib.Path, robot: str = "unitree_g1") -> Reference:
        """Reads an .npz of `kmmctl retarget`, or `robot`'s stream in an .mcap recording."""
        path = pathlib.Path(path)
        if path.suffix == ".mcap":
            return cls.of_frames(recorded(path, robot))
        with np.load(path) as arrays:
            missing = {"fps", "joint_names", "root_pos", "root_quat", "joint_pos"} - set(arrays.files)
            if missing:
                raise ReferenceError(f"{path} lacks {', '.join(sorted(missing))}: not a file of kmmctl retarget")
            return cls.of_arrays(float(arrays["fps"]), [str(name) for name in arrays["joint_names"]], arrays)

    @classmethod
    def of_frames(cls, frames: Iterable[tuple[Sequence[str], Frame]]) -> Reference:
        """Frames of the stream, each with its joint names; only those that fall on a tick of 50 Hz are taken."""
        taken: dict[int, Frame] = {}
        names: Sequence[str] = ()
        for names, frame in frames:
            every = int(frame.header["rate_hz"]) // RATE
            if frame.frame % every == 0:
                taken[frame.frame // every] = frame
        if not taken:
            raise ReferenceError("there are no frames in it")
        ordered = [taken[index] for index in sorted(taken)]
        fields = ("root_pos", "root_quat", "root_lin_vel", "root_ang_vel", "joint_pos")
        return cls(tuple(names), *(np.array([getattr(f, field) for f in ordered], np.float64) for field in fields))

    @classmethod
    def of_arrays(cls, rate: float, names: Sequence[str], arrays: Mapping[str, ArrayLike]) -> Reference:
        """Arrays at any rate; velocities that are absent, and frames at another rate than 50 Hz, come from splines."""
        position = np.asarray(arrays["root_pos"], np.float64)
        rotation = np.asarray(arrays["root_quat"], np.float64)
        joints = np.asarray(arrays["joint_pos"], np.float64)
        if len(position) < 2:
            raise ReferenceError(f"{len(position)} frames are no motion")
        if rate == RATE and "root_lin_vel" in arrays and "root_ang_vel" in arrays:
            linear, angular = (np.asarray(arrays[key], np.float64) for key in ("root_lin_vel", "root_ang_vel"))
            return cls(tuple(names), position, rotation, linear, angular, joints)
        # Neighbours on the same side of the sphere.
        flips = np.cumprod(np.sign(np.sum(rotation[1:] * rotation[:-1], axis=1)) + (rotation[1:] * rotation[:-1] == 0).all(1))
        rotation = rotation * np.concatenate([[1], flips])[:, None]
        times = np.arange(len(position)) / rate
        at = np.arange(int(np.floor(times[-1] * RATE + 1e-6)) + 1) / RATE
        root, turn, bend = (_spline(times, values) for values in (position, rotation, joints))
        quaternion, change = turn(at), turn(at, 1)
        norm = np.linalg.norm(quaternion, axis=1, keepdims=True)
        unit = quaternion / norm
        # What changes the length of the four numbers turns nothing.
        change = (change - unit * np.sum(unit * change, axis=1, keepdims=True)) / norm
        return cls(tuple(names), root(at), unit, root(at, 1), 2 * _product(change, conjugate(unit))[:, 1:], bend(at))


def recorded(path: pathlib.Path, robot: str) -> Iterable[tuple[Sequence[str], Frame]]:
    """The frames of a robot's stream in a recording (MCAP), with the names of its joints."""
    try:
        from mcap.reader import make_reader
    except ImportError as error:
        raise ReferenceError("recordings need the package mcap: pip install mcap") from error
    import json

    names: Sequence[str] = ()
    with path.open("rb") as stream:
        topics = [f"profile.{robot}.", f"reference.{robot}."]
        for _, channel, message in make_reader(stream).iter_messages(topics=topics):
            if channel.topic.startswith("profile."):
                names = json.loads(message.data)["joint_names"]
            else:
                yield names, Frame.of(container.decode(message.data))


def _spline(times: Array, values: Array) -> Any:
    """A cubic spline whose end slopes are the first and the last difference."""
    ends = [(values[i + 1] - values[i]) / (times[i + 1] - times[i]) for i in (0, len(times) - 2)]
    return CubicSpline(times, values, bc_type=((1, ends[0]), (1, ends[1])))


def conjugate(quaternion: Array) -> Array:
    """The inverse of unit quaternions [..., 4]."""
    return quaternion * np.array([1.0, -1, -1, -1])


def _product(p: Array, q: Array) -> Array:
    a, b, c, d = np.moveaxis(p, -1, 0)
    w, x, y, z = np.moveaxis(q, -1, 0)
    return np.stack(
        [
            a * w - b * x - c * y - d * z, a * x + b * w + c * z - d * y, a * y - b * z + c * w + d * x,
            a * z + b * y - c * x + d * w,
        ],
        -1,
    )


def matrix(quaternion: Array) -> Array:
    """Rotation matrices [..., 3, 3] of unit quaternions w, x, y, z [..., 4]."""
    w, x, y, z = np.moveaxis(np.asarray(quaternion, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def euler(quaternion: Array) -> tuple[Array, Array, Array]:
    """Roll, pitch and yaw (turns about z, then y, then x) of unit quaternions [..., 4]."""
    w, x, y, z = np.moveaxis(np.asarray(quaternion, np.float64), -1, 0)
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1, 1))
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return roll, pitch, yaw
