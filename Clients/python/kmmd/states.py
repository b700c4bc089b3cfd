"""Tells the daemon where a robot is."""

from __future__ import annotations

import time

import numpy as np
import zmq
from numpy.typing import ArrayLike

from . import container
from .endpoints import endpoint as find
from .keys import KeyFile, Keys
from .sockets import configure


class StateSender:
    """Sends measured states of a robot to the daemon's state socket. For one thread.

    It waits up to `timeout` seconds for a daemon that listens, and never after that.
    """

    def __init__(self, robot: str, endpoint: str | None = None, key: KeyFile = None, timeout: float = 1) -> None:
        self._topic = f"state.{robot}."
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        configure(self._socket, Keys.load(key))
        # What the daemon does not read in time is old.
        self._socket.setsockopt(zmq.SNDHWM, 5)
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.connect(find("state", endpoint))
        # What is sent before there is a connection would be lost.
        self._socket.poll(round(1000 * timeout), zmq.POLLOUT)

    def send(
        self,
        joint_pos: ArrayLike,
        joint_vel: ArrayLike | None = None,
        root_pos: ArrayLike | None = None,
        root_quat: ArrayLike | None = None,
    ) -> bool:
        """Joints in the order of the robot's `joint_names`, rad and rad/s; root in the world, m, quaternion w, x, y, z.

        Returns whether it was sent: while no daemon listens nothing is kept.
        """
        given = {"joint_pos": joint_pos, "joint_vel": joint_vel, "root_quat": root_quat, "root_pos": root_pos}
        fields = {name: np.asarray(value, "<f8") for name, value in given.items() if value is not None}
        try:
            self._socket.send(container.encode(self._topic, {"t_wall_ns": time.time_ns()}, fields), zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        """Closes the socket."""
        self._context.destroy(0)

    def __enter__(self) -> StateSender:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
