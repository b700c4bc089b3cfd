"""A file that plays a living person, whom a simulated robot follows."""

from __future__ import annotations

import pathlib
import threading
import time

from ..client import Client
from ..errors import KmmdError
from ..files import PersonMotion, load
from ..messages import Frame
from ..people import PersonSender, poses

# A person who is not heard within so many seconds, or whom the robot has not come to, is given up.
_PATIENCE = 15.0
# So long the person stands as the file begins, once the robot follows, and as it ends, seconds.
_STILL = 1.0


class Person(threading.Thread):
    """Somebody who stands as a motion file begins, moves as it says once the robot has come to that pose, and stands as it ends."""

    def __init__(self, path: pathlib.Path, endpoint: str, name: str = "performer") -> None:
        super().__init__(daemon=True)
        motion = load(path)
        if not isinstance(motion, PersonMotion) or not len(motion):
            raise ValueError(f"{path} holds no person's motion: kmmctl convert makes one of BVH and AMASS files")
        self.name = name
        self.has_ended = False
        """Whether the motion is over, or was given up."""
        self._endpoint = endpoint
        self._rate = motion.rate_hz
        self._rot, self._places = poses(motion)
        self._moves, self._over = threading.Event(), threading.Event()
        self._begun = time.monotonic()
        self._ask = self._begun
        self._is_followed = False

    def run(self) -> None:
        with PersonSender(self.name, self._endpoint) as sender:
            start, number, moved = time.monotonic(), 0, 0
            still = round(_STILL * self._rate)
            while not self._over.is_set():
                time.sleep(max(start + number / self._rate - time.monotonic(), 0))
                frame = min(max(moved - still, 0), len(self._rot) - 1)
                sender.send(rot=self._rot[frame], root_pos=self._places[frame])
                number += 1
                moved += self._moves.is_set()
                if moved >= len(self._rot) + 2 * still:
                    self.has_ended = True

    def lead(self, frame: Frame, client: Client) -> None:
        """Has the robot follow; to be called with every frame of its stream."""
        now = time.monotonic()
        if frame.header.get("human_state") == "following":
            self._moves.set()
        elif not self._moves.is_set() and now - self._begun > _PATIENCE:
            self.has_ended = True
        if not self._is_followed and now >= self._ask:
            self._ask = now + 0.2
            try:
                if self.name in [heard["person"] for heard in client.people()["people"]]:
                    client.follow(self.name, robot=frame.robot, far="ramp")
                    self._is_followed = True
            except KmmdError:
                # Not known well enough yet.
                pass

    @property
    def was_followed(self) -> bool:
        """Whether the robot came to the person's pose."""
        return self._moves.is_set()

    def leave(self) -> None:
        """Ends the sending."""
        self._over.set()
        self.join()
