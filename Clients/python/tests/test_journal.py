"""What a daemon does when its disk is full, its journal damaged, its folder not to be written, or a motion file gone."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import kmmd
import pytest
import zmq
from conftest import Daemon, start

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "Tests/HumanMotionTests/Fixtures"


@contextlib.contextmanager
def journal_events(daemon: Daemon) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Waits for an event about the journal that tells the given state; the newest one comes at once."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SUBSCRIBE, b"daemon.journal.")
        socket.connect(daemon.endpoints["events"])

        def wait(state: str) -> dict[str, Any]:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if socket.poll(1000):
                    event: dict[str, Any] = json.loads(socket.recv_multipart()[1])
                    if event["state"] == state:
                        return event
            raise AssertionError(f"no event says that the journal is {state}")

        yield wait


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk of its own")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: pathlib.Path) -> pathlib.Path:
    """Writes a file until nothing more fits."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler


def write_some_lines(client: kmmd.Client) -> None:
    """What was begun of the last page of the journal still takes a few lines."""
    for index in range(40):
        client.cancel(client.say("wave", id=f"full-{index}-" + "x" * 100).command)


def test_a_full_disk_is_told_and_forgotten_when_there_is_room(disk: pathlib.Path) -> None:
    daemon = start("--state", str(disk))
    try:
        with journal_events(daemon) as wait, daemon.client() as client:
            wait("ok")
            before = client.say("wave", duration_s=1, id="before").command
            client.wait(before, timeout=60)
            filler = fill(disk)
            write_some_lines(client)
            event = wait("failed")
            assert "No space left" in event["reason"]
            # Motion goes on as if nothing had happened.
            during = client.say("wave", duration_s=1, id="during").command
            client.wait(during, timeout=60)
            filler.unlink()
            after = client.say("walk forward", duration_s=20, id="after").command
            wait("ok")
        daemon.process.kill()
        daemon.process.wait()
        fill(disk)
        # The restart finds no room to write its journal anew: it says so, and knows what was written.
        daemon = start("--state", str(disk))
        with journal_events(daemon) as wait, daemon.client() as client:
            assert "No space left" in wait("failed")["reason"]
            assert client.request("status", {"command": "before"})["state"] == "done"
            assert client.request("status", {"command": "after"})["state"] == "interrupted"
            assert client.request("status", {"command": "after"})["command"] == after
            with pytest.raises(kmmd.KmmdError, match="during"):
                client.request("status", {"command": "during"})
            (disk / "filler").unlink()
            client.cancel(client.say("wave", id="room").command)
            wait("ok")
            assert not (disk / "commands.jsonl.new").exists()
    finally:
        daemon.process.kill()
        daemon.process.wait()


def test_a_damaged_journal_is_put_aside(tmp_path: pathlib.Path) -> None:
    daemon = start("--state", str(tmp_path))
    with daemon.client() as client:
        command = client.say("walk forward", duration_s=20, id="kept").command
    daemon.process.kill()
    daemon.process.wait()
    journal = tmp_path / "commands.jsonl"
    journal.write_bytes(b"\x00\xff garbage\n{\"accepted\": -4}\n[1,2\n" + journal.read_bytes() + b"{\"accepted\": 9, \"req")
    damaged = journal.read_bytes()
    daemon = start("--state", str(tmp_path))
    try:
        with journal_events(daemon) as wait, daemon.client() as client:
            event = wait("recovered")
            assert (event["broken_lines"], event["interrupted"]) == (3, 1)
            assert pathlib.Path(event["put_aside"]).read_bytes() == damaged
            assert client.request("status", {"command": "kept"})["state"] == "interrupted"
            assert client.say("wave").command > command
    finally:
        daemon.stop()


def test_a_state_folder_that_cannot_be_made_stops_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("no folder")
    daemon = start("--state", str(tmp_path / "file" / "state"))
    try:
        with journal_events(daemon) as wait, daemon.client() as client:
            assert "cannot be opened" in wait("failed")["reason"]
            client.wait(client.say("wave", duration_s=1).command, timeout=60)
    finally:
        daemon.stop()


def test_a_motion_file_that_goes_away_fails_alone(tmp_path: pathlib.Path) -> None:
    clip = next(iter(sorted(FIXTURES.glob("*.bvh"))))
    shutil.copy(clip, tmp_path / "clip.bvh")
    daemon = start("--clips", str(tmp_path))
    try:
        with daemon.client() as client:
            with pytest.raises(kmmd.KmmdError, match="there is no motion file"):
                client.request("play", {"file": "other.bvh"})
            with client.subscribe(frames=False, timeout=60) as events:
                events.wait_until_connected(60)
                client.say("walk forward", duration_s=4)
                gone = client.request("play", {"file": "clip.bvh"})["command"]
                last = client.say("wave", duration_s=1).command
                (tmp_path / "clip.bvh").unlink()
                seen = {}
                for event in events:
                    seen.setdefault(event.command, []).append(event)
                    if event.command == last and event.name == "done":
                        break
            failed = [event for event in seen[gone] if event.name == "failed"]
            assert failed and "clip.bvh" in failed[0].data["reason"]
    finally:
        daemon.stop()
