"""What `trajectory.<robot>.` foretells, read as Documentation/protocol.md describes it, and what is published then."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import kmmd
from conftest import Daemon, overheard
from receivers import unpacked

TYPES = {"f32": "<f4", "i64": "<i8"}
SURE = 20
"""Frames ahead in which only commands change the plan."""
VALUES = ("joint_pos", "joint_vel", "root_pos", "root_quat")


@dataclass
class Message:
    topic: str
    header: dict[str, Any]
    fields: dict[str, NDArray]

    @classmethod
    def decode(cls, data: bytes) -> Message:
        return cls(*unpacked(data, TYPES))


@dataclass
class Heard:
    """A walk, another one that a wave takes the place of, and a stop."""

    references: dict[int, Message] = field(default_factory=dict)
    trajectories: list[Message] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    """The last frame that was published before each trajectory."""
    splices: list[int] = field(default_factory=list)
    """The frames before which commands changed the plan."""
    stopped: int = 0
    """The frame with which the stop took effect."""

    def misses(self, message: Message, last: int) -> list[float]:
        """For each frame up to the last one: how far it was from what had been told."""
        return [
            max(float(np.abs(self.references[number].fields[name] - message.fields[name][place]).max())
                for name in VALUES)
            for place, number in enumerate(message.fields["frame"].tolist())
            if number <= last and number in self.references
        ]


@pytest.fixture(scope="module")
def heard(daemon: Daemon) -> Heard:
    result = Heard()
    with daemon.client() as client, client.subscribe(frames=False, timeout=60) as events:
        events.wait_until_connected(60)

        def event(name: str, command: str) -> kmmd.Event:
            return next(each for each in events if each.name == name and each.command == command)

        def rest() -> None:
            deadline = time.monotonic() + 60
            while not client.status()["robots"][0]["settled"]:
                assert time.monotonic() < deadline
                time.sleep(0.02)

        client.stop()
        rest()
        with overheard(daemon.endpoints["stream"], "reference.unitree_g1.", "trajectory.unitree_g1.") as data:
            walk = client.say("a person walks forward", duration_s=6, seed=1).command
            result.splices.append(event("spliced", walk).data["frame"])
            event("done", walk)
            rest()
            walk = client.say("a person walks forward", duration_s=20, seed=2).command
            result.splices.append(event("spliced", walk).data["frame"])
            event("playing", walk)
            time.sleep(1.5)
            wave = client.say("wave with the right hand", duration_s=5, replace=True, seed=1).command
            result.splices.append(event("spliced", wave).data["frame"])
            time.sleep(1.5)
            result.stopped = client.stop()
            result.splices.append(result.stopped)
            time.sleep(0.1)
            rest()
            time.sleep(0.5)
    for message in map(Message.decode, data):
        if message.topic == "reference.unitree_g1.":
            result.references[message.header["frame"]] = message
        else:
            assert message.topic == "trajectory.unitree_g1."
            result.trajectories.append(message)
            result.published.append(max(result.references, default=-1))
    assert len(result.trajectories) > 50 and len(result.references) > 400
    return result


def test_each_message_tells_two_seconds(heard: Heard) -> None:
    reference = next(iter(heard.references.values())).header
    for message in heard.trajectories:
        header, fields = message.header, message.fields
        assert (header["v"], header["endian"], header["count"], header["rate_hz"]) == (1, "le", 1, 50)
        assert header["epoch"] == reference["epoch"] and header["profile"] == reference["profile"]
        assert header["t_mono_ns"] > 0 and not header.keys() & {"state", "command", "stale_after_ms"}
        assert {name: (values.dtype.str, values.shape) for name, values in fields.items()} == {
            "frame": ("<i8", (100,)), "joint_pos": ("<f4", (100, 29)), "joint_vel": ("<f4", (100, 29)),
            "root_pos": ("<f4", (100, 3)), "root_quat": ("<f4", (100, 4)),
        }
        assert np.all(np.diff(fields["frame"]) == 1)
        assert all(np.isfinite(fields[name]).all() for name in VALUES)
        assert np.allclose(np.linalg.norm(fields["root_quat"], axis=1), 1, atol=1e-5)
    # A message on the way is overtaken by a frame or two.
    begins = np.subtract(firsts(heard), heard.published)[1:]
    assert np.median(np.abs(begins)) <= 2


def test_one_comes_ten_times_a_second(heard: Heard) -> None:
    sequence = np.diff([message.header["seq"] for message in heard.trajectories])
    assert sequence.min() > 0
    pauses = gaps(heard)[sequence == 1]
    # Looked for every 20 ms, they come a little late.
    assert np.median(pauses) < 0.125 and np.quantile(pauses, 0.95) < 0.2


def test_one_comes_at_every_splice(heard: Heard) -> None:
    for splice in heard.splices:
        first = min(frame for frame in firsts(heard) if frame > splice)
        assert first <= splice + 4, f"nothing was told soon after {splice}"
    # Not only those that were due.
    assert gaps(heard).min() < 0.09


def test_what_is_told_comes_true(heard: Heard) -> None:
    compared = moved = 0
    for message, first in zip(heard.trajectories, firsts(heard)):
        # A stop is all that there will be. Before, what is generated is planned bit by bit, soon after a splice even for
        # the very next frames.
        last = max(heard.references) if first > heard.stopped else first + SURE
        if first <= heard.stopped and any(first - SURE <= splice <= last for splice in heard.splices):
            continue
        misses = heard.misses(message, last)
        assert max(misses, default=0) < 1e-6, f"message {message.header['seq']}, from frame {first}"
        compared += len(misses)
        moved += float(np.ptp(message.fields["joint_pos"][: len(misses)], axis=0).max(initial=0)) > 0.1
    assert compared > 1000 and moved > 20


def test_a_later_message_takes_the_place_of_an_earlier_one(heard: Heard) -> None:
    """Also where the plan is changed again and again, all but the frames of the change itself are as last told."""
    newest: dict[int, tuple[Message, int]] = {}
    exact = []
    for message, last in zip(heard.trajectories, heard.published):
        for place, number in enumerate(message.fields["frame"].tolist()):
            if number > last:
                newest[number] = (message, place)
    for number, (message, place) in newest.items():
        if number in heard.references:
            reference = heard.references[number]
            exact.append(all(
                np.allclose(message.fields[name][place], reference.fields[name], atol=1e-6) for name in VALUES))
    assert len(exact) > 400 and np.mean(exact) > 0.95


def firsts(heard: Heard) -> list[int]:
    return [int(message.fields["frame"][0]) for message in heard.trajectories]


def gaps(heard: Heard) -> NDArray:
    """Seconds between messages."""
    return np.diff([message.header["t_mono_ns"] for message in heard.trajectories]) * 1e-9
