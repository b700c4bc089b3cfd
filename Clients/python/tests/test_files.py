"""The verbs of files, `play`, `record` and `replay`, by both clients against a real daemon."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import zmq

import kmmd
from conftest import ROOT, Daemon, start
from test_clients import asynchronous

CLIPS = ROOT / "Tests/HumanMotionTests/Fixtures"


@dataclass
class Files:
    daemon: Daemon
    recordings: pathlib.Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    folder = tmp_path_factory.mktemp("recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KMMD_RECORDINGS", str(folder))
        daemon = start("--clips", str(CLIPS))
    yield Files(daemon, folder)
    daemon.stop()


class Awaited:
    """The synchronous client, asked as the asyncio one is: one test for both."""

    def __init__(self, client: kmmd.Client) -> None:
        self._client = client

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[Any]]:
        async def ask(*arguments: Any, **options: Any) -> Any:
            return getattr(self._client, verb)(*arguments, **options)

        return ask


@contextlib.asynccontextmanager
async def connected(kind: str, daemon: Daemon) -> AsyncIterator[Any]:
    if kind == "asyncio":
        async with asynchronous(daemon) as client:
            yield client
    else:
        with daemon.client() as client:
            yield Awaited(client)


both = pytest.mark.parametrize("kind", ["synchronous", "asyncio"])


class Listening:
    """All that a daemon publishes while the block runs."""

    def __init__(self, daemon: Daemon) -> None:
        self.messages: list[kmmd.Frame | kmmd.Event] = []
        self._daemon = daemon
        self._changed = threading.Condition()
        self._connected = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        with self._daemon.client() as client, client.subscribe(timeout=60) as stream:
            stream.wait_until_connected(60)
            for message in stream:
                if isinstance(message, kmmd.Frame):
                    self._connected.set()
                with self._changed:
                    self.messages.append(message)
                    self._changed.notify_all()
                if self._is_over:
                    return

    def wait_for(self, name: str, **members: Any) -> kmmd.Event:
        """The first event of that name with these members; may have come already."""
        found: list[kmmd.Event] = []

        def came() -> bool:
            found[:] = [
                message for message in self.messages if isinstance(message, kmmd.Event) and message.name == name
                and members.items() <= message.data.items()
            ]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(came, timeout=60), f"no event {name} with {members}"
        return found[0]

    def frames(self, command: str | None = None) -> list[kmmd.Frame]:
        with self._changed:
            return [
                message for message in self.messages if isinstance(message, kmmd.Frame)
                and command in (None, message.command)
            ]

    def __enter__(self) -> Listening:
        self._thread.start()
        assert self._connected.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()


def travel(frames: list[kmmd.Frame]) -> float:
    """How far the joint that moves most moves, rad."""
    return float(np.ptp(np.stack([frame.joint_pos for frame in frames]), axis=0).max())


@both
def test_play(files: Files, kind: str) -> None:
    async def session() -> None:
        async with connected(kind, files.daemon) as client:
            with Listening(files.daemon) as heard:
                ack = await client.play("jump.bvh", robot="unitree_g1", wait=True, id=f"jump-{kind}")
                assert isinstance(ack, kmmd.Ack) and ack.robot == "unitree_g1" and ack.state == "queued"
                assert (await client.status(command=ack.command))["state"] == "done"
                assert heard.wait_for("done", command=ack.command).data["id"] == f"jump-{kind}"
                assert travel(heard.frames(ack.command)) > 0.2
                # What is replaced ends, and what is repeated begins again.
                walk = await client.play("walk.bvh", repeat=20)
                heard.wait_for("playing", command=walk.command)
                turn = await client.play("turn_left.bvh", replace=True, at="now", repeat=2, deadline_ms=60_000)
                heard.wait_for("preempted", command=walk.command)
                heard.wait_for("segment", command=turn.command, segment=1)
                await client.stop()
                heard.wait_for("cancelled", command=turn.command)
            for file, code in (("nothing.bvh", "unknown_motion"), ("../README.md", "unknown_motion")):
                with pytest.raises(kmmd.KmmdError) as refused:
                    await client.play(file)
                assert (refused.value.code, refused.value.field) == (code, "body.file")

    asyncio.run(session())


@both
def test_record_and_replay(files: Files, kind: str) -> None:
    async def session() -> None:
        async with connected(kind, files.daemon) as client:
            with Listening(files.daemon) as heard:
                assert await client.start_recording(kind) == kind
                with pytest.raises(kmmd.KmmdError) as refused:
                    await client.start_recording()
                assert refused.value.code == "invalid_combination"
                played = (await client.play("jump.bvh", wait=True)).command
                heard.wait_for("done", command=played)
                stopped = await client.stop_recording()
                assert (stopped["recording"], stopped["state"], stopped["lost"]) == (kind, "stopped", 0)
                assert (files.recordings / f"{kind}.mcap").stat().st_size == stopped["bytes"]
                with pytest.raises(kmmd.KmmdError, match="nothing is being recorded"):
                    await client.stop_recording()
            recorded = heard.frames(played)
            while not (await client.status())["robots"][0]["settled"]:
                await asyncio.sleep(0.02)

            with Listening(files.daemon) as heard:
                rehearsal = await client.replay(kind, dry_run=True)
                assert rehearsal["dry_run"] and rehearsal["complete"] and rehearsal["gaps"] == 0
                assert rehearsal["recorded_frames"] >= len(recorded)
                assert (await client.status())["robots"][0]["settled"]
                await asyncio.sleep(0.5)
            assert travel(heard.frames()) < 1e-3

            with Listening(files.daemon) as heard:
                reply = await client.replay(kind, robot="unitree_g1")
                assert not reply.get("dry_run") and reply["recorded_frames"] == rehearsal["recorded_frames"]
                assert heard.wait_for("replay", recording=kind).data["state"] == "done"
            assert travel(heard.frames()) > 0.9 * travel(recorded)

            with pytest.raises(kmmd.KmmdError) as refused:
                await client.replay("nothing")
            assert refused.value.code == "out_of_range"
            # A name is given when none is asked for.
            name = await client.start_recording()
            assert name and (await client.stop_recording())["recording"] == name

    asyncio.run(session())


@both
def test_a_record_request_that_comes_again_starts_nothing_new(files: Files, kind: str) -> None:
    async def session() -> None:
        async with connected(kind, files.daemon) as client:
            before = set(files.recordings.iterdir())
            begin = {"action": "start", "name": f"again-{kind}"}
            first = await client.request("record", begin, id=f"start-{kind}")
            assert first["state"] == "recording"
            assert await client.request("record", begin, id=f"start-{kind}") == first
            stopped = await client.request("record", {"action": "stop"}, id=f"stop-{kind}")
            assert await client.request("record", {"action": "stop"}, id=f"stop-{kind}") == stopped
            assert await client.request("record", begin, id=f"start-{kind}") == first
            with pytest.raises(kmmd.KmmdError, match="nothing is being recorded"):
                await client.stop_recording()
            with pytest.raises(kmmd.KmmdError) as refused:
                await client.request("record", {"action": "start", "name": "other"}, id=f"start-{kind}")
            assert refused.value.code == "duplicate_id"
            assert {path.name for path in set(files.recordings.iterdir()) - before} == {f"again-{kind}.mcap"}

    asyncio.run(session())


def test_a_record_request_that_comes_again_before_its_answer_gets_the_same(files: Files) -> None:
    before = set(files.recordings.iterdir())
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(files.daemon.endpoints["command"])
        for action in ({"action": "start", "name": "at-once"}, {"action": "stop"}):
            request = {"type": "record", "id": f"at-once-{action['action']}", "body": action}
            for number in range(20):
                socket.send_json({**request, "sent_ns": 1_790_000_000_000_000_000 + number})
            replies = []
            while len(replies) < 20:
                assert socket.poll(60_000), "no answer"
                replies.append(json.loads(socket.recv()))
            assert replies[0]["ok"] and all(reply == replies[0] for reply in replies)
    assert len(set(files.recordings.iterdir()) - before) == 1
