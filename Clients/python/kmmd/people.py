"""Tells the daemon where a living person is."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import zmq
from numpy.typing import ArrayLike, NDArray

from . import container, endpoints
from .files import PersonMotion
from .keys import KeyFile, Keys
from .sockets import configure


class PersonSender:
    """Sends frames of a person to the daemon's people socket. For one thread.

    Say what you have: rotations of a skeleton's joints in their parents (`rot`) or in the world (`rot_world`), or places of
    its points (`pos`). Without an `endpoint` it is that of KMMD_ENDPOINT_PEOPLE, else the usual port of KMMD_HOST or of this host.
    Skeletons and axes are named as in Documentation/live-people.md. It waits up to `timeout` seconds for a daemon that listens, and
    never after that.
    """

    def __init__(
        self,
        person: str,
        endpoint: str | None = None,
        *,
        skeleton: str = "smpl22",
        axes: str = "smpl",
        quat: str = "wxyz",
        key: KeyFile = None,
        timeout: float = 1,
    ) -> None:
        self._person = person
        self._fixed = {"skeleton": skeleton, "axes": axes, "quat": quat, "session": time.time_ns() >> 16}
        self._seq = 0
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        configure(self._socket, Keys.load(key))
        # What the daemon does not read in time is old.
        self._socket.setsockopt(zmq.SNDHWM, 5)
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.connect(endpoints.endpoint("people", endpoint))
        # What is sent before there is a connection would be lost.
        self._socket.poll(round(1000 * timeout), zmq.POLLOUT)

    def declare(self, parents: ArrayLike, smpl: ArrayLike, rest: ArrayLike | None = None) -> bool:
        """Declares the skeleton that frames name: each joint's parent (a joint before, or -1) and the joint of SMPL that it
        turns (or -1); `rest` [J, 4], orientations in a T pose that faces ahead, where they are not the identity."""
        fields: dict[str, Any] = {"parents": np.asarray(parents, "<i8"), "smpl": np.asarray(smpl, "<i8")}
        if rest is not None:
            fields["rest"] = np.asarray(rest, "<f4")
        return self._send("skeleton", {}, fields)

    def send(
        self,
        *,
        rot: ArrayLike | None = None,
        rot_world: ArrayLike | None = None,
        pos: ArrayLike | None = None,
        root_pos: ArrayLike | None = None,
        confidence: ArrayLike | None = None,
        contacts: ArrayLike | None = None,
        t_src_ns: int | None = None,
        valid: bool = True,
        height_m: float | None = None,
    ) -> bool:
        """Sends a frame that the sensors saw at `t_src_ns` of any clock that runs evenly (without: now).

        Returns whether it was sent: while no daemon listens nothing is kept.
        """
        given = {
            "rot": rot, "rot_world": rot_world, "pos": pos, "root_pos": root_pos, "confidence": confidence,
            "contacts": contacts,
        }  # fmt: skip
        fields = {name: np.asarray(value, "<f4") for name, value in given.items() if value is not None}
        header = {"seq": self._seq, "t_src_ns": time.monotonic_ns() if t_src_ns is None else int(t_src_ns)}
        if not valid:
            header["valid"] = False
        if height_m is not None:
            header["height_m"] = height_m
        self._seq += 1
        return self._send("human", header, fields)

    def press(self, pressed: bool = True) -> bool:
        """Says that the person's dead-man switch is pressed, or let go: at least every 0.2 s while it is (`follow` with `deadman`)."""
        return self._send("deadman", {"pressed": pressed}, {})

    def _send(self, topic: str, header: dict[str, Any], fields: dict[str, Any]) -> bool:
        try:
            self._socket.send(
                container.encode(f"{topic}.{self._person}.", {**self._fixed, **header}, fields), zmq.DONTWAIT
            )
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        """Closes the socket."""
        self._context.destroy(0)

    def __enter__(self) -> PersonSender:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# Where the pelvis of SMPL's mean body lies from `trans`, metres.
_PELVIS = np.array([-0.001795, -0.223333, 0.028219])


def poses(motion: PersonMotion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A file's motion as `PersonSender.send` takes it: `rot` [T, 22, 4], w first, and `root_pos` [T, 3], y up."""
    half = np.linalg.norm(motion.poses, axis=2, keepdims=True) / 2
    rot = np.concatenate([np.cos(half), np.sinc(half / np.pi) / 2 * motion.poses], axis=2)
    # The pelvis from z up to y up.
    w, x, y, z = np.moveaxis(rot[:, 0].copy(), 1, 0)
    rot[:, 0] = np.sqrt(0.5) * np.stack([w + x, x - w, y + z, z - y], axis=1)
    return rot, (motion.trans + _PELVIS)[:, [0, 2, 1]] * [1, 1, -1]
