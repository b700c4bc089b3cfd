"""A simulated robot at the end of the live stream: it follows what the daemon publishes and tells it where it is."""

from __future__ import annotations

from typing import Callable

import numpy as np

from ..client import Client
from ..errors import NoAnswer
from ..messages import Event, Frame
from ..states import StateSender
from .reference import RATE, Array, Instant
from .world import World

# So many frames that were missed are made up for, seconds; after a longer gap the simulation goes on from now.
_CATCH_UP = 0.2
# A robot that has fallen lies so long before it is put on its feet again, s.
_LIES = 2.0


class Follower:
    """One robot of a daemon, simulated. It moves by the stream's own clock: a frame, a fiftieth of a second."""

    def __init__(
        self, world: World, client: Client, states: StateSender | None, on_fall: Callable[[], None] | None = None,
        robot: str | None = None,
    ) -> None:
        """Without `states` it tells nobody where it is. `robot` is the daemon's name of it: by default the tracker's."""
        robot = robot or world.tracker.robot
        self.world = world
        self.falls = 0
        self.missed = 0
        """How often the stream had a gap too long to be made up for."""
        self._client, self._states, self._on_fall = client, states, on_fall
        names = client.robot(robot)["joint_names"]
        self._from_daemon = [names.index(name) for name in world.tracker.joint_names]
        self._to_daemon = [world.tracker.joint_names.index(name) for name in names]
        self._stream = client.subscribe(robot=robot, timeout=0.1)
        self._latest: Frame | None = None
        self._fallen_for = 0.0

    def run(self, is_over: Callable[[], bool], on_tick: Callable[[Frame], None], on_event: Callable[[Event], None]) -> None:
        """Follows until `is_over`; `on_tick` is called after every fiftieth of a second."""
        while not is_over():
            try:
                message = next(self._stream)
            except NoAnswer:
                # Silence means a fault: the robot stays where it is.
                if self._latest is not None:
                    self._advance(self._latest, 0.1, moves=False)
                    on_tick(self._latest)
                continue
            if isinstance(message, Event):
                on_event(message)
                continue
            every = int(message.header["rate_hz"]) // RATE
            if message.frame % every:
                continue
            passed = 1 if self._latest is None else (message.frame - self._latest.frame) // every
            self._latest = message
            self.missed += passed > _CATCH_UP * RATE
            self._advance(message, min(max(passed, 1) / RATE, _CATCH_UP))
            on_tick(message)

    def _advance(self, frame: Frame, seconds: float, moves: bool = True) -> None:
        instant = self._instant(frame)
        if not moves:
            instant = instant.at_rest()
        if self.world.data.time == 0 or self._fallen_for > _LIES:
            self._fallen_for = 0
            self.world.place(instant.at_rest(), over=instant.root_pos[:2])
            self.world.push_from_now()
        for _ in range(round(seconds * RATE)):
            self.world.advance(instant)
        if self.world.has_fallen:
            if self._fallen_for == 0:
                self.falls += 1
                if self._on_fall is not None:
                    self._on_fall()
            self._fallen_for += seconds
        if self._states is not None:
            state = self.world.state
            self._states.send(
                state.joint_pos[self._to_daemon], state.joint_vel[self._to_daemon], state.root_pos, state.root_quat)

    def _instant(self, frame: Frame) -> Instant:
        def exact(values: Array) -> Array:
            return np.asarray(values, np.float64)

        return Instant(
            exact(frame.root_pos), exact(frame.root_quat), exact(frame.root_lin_vel), exact(frame.root_ang_vel),
            exact(frame.joint_pos)[self._from_daemon],
        )

    def close(self) -> None:
        """Ends the subscription."""
        self._stream.close()
