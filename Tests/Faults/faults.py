#!/usr/bin/env python3
"""Bad luck and bad company: attacks beside a robot that moves, and what happens to processes, disks and files.

    Tests/Faults/faults.py                  # everything, some minutes; a release build
    Tests/Faults/faults.py --short          # what the gate runs, under a minute
    Tests/Faults/faults.py --seconds 600    # ten minutes for each attack
    Tests/Faults/faults.py --soak 120       # attacks in turn for so many minutes, one daemon
    Tests/Faults/faults.py NAME…            # these alone

Each attack prints what was seen: frames that came and that did not, the longest time between two ticks (of the daemon's stamps)
and between two frames here, the longest delay of a thread that only sleeps in the same time, the latency of `halt`, memory before and after. Exits 1 when
anything was worse than the machine itself.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator

import attacks
import beside
import company

Check = Callable[[bool], list[str]]


class Skipped(Exception):
    """The machine does not permit it."""


@contextlib.contextmanager
def small_disk(size: str) -> Iterator[pathlib.Path]:
    """A disk of its own."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True)
        if mounted.returncode:
            raise Skipped(f"no disk can be mounted here: {mounted.stderr.strip()}")
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


def works(daemon: beside.Daemon) -> list[str]:
    """Whether a daemon takes a command and stops."""
    with beside.Watch(daemon) as watch:
        watch.move()
        return [] if daemon.ask({"type": "halt"}, "priority").get("ok") else ["halt is refused"]


def killed_again_and_again(short: bool) -> list[str]:
    """kill -9 while commands come in; every start is sound and knows that a command was interrupted."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        for round in range(2 if short else 200):
            with beside.daemon(folder=place) as daemon:
                if round and daemon.ask({"type": "status", "body": {"command": f"c-{number}"}}).get("state") != "interrupted":
                    found.append(f"round {round}: the command before is not known as interrupted")
                answer = daemon.say("walk forward", duration_s=20, mode="append")
                number = str(answer.get("command", "")).removeprefix("c-")
                time.sleep(0.05 * (round % 5))
                daemon.process.kill()
                daemon.process.wait()
    return found


def stopped_and_continued(short: bool) -> list[str]:
    """SIGSTOP, then SIGCONT: the stream goes on where it was, without a burst."""
    with beside.daemon() as daemon, beside.Watch(daemon) as watch:
        watch.move()
        for _ in range(1 if short else 5):
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(1)
            daemon.process.send_signal(signal.SIGCONT)
            start = time.monotonic()
            time.sleep(1)
            ticks = [tick for _, tick, _ in watch.frames if tick > start]
            if len(ticks) < 10:
                return [f"only {len(ticks)} ticks in the second after it"]
            if len(ticks) > 60:
                return [f"a burst of {len(ticks)} ticks"]
        watch.halt()
    return []


def full_disk_at_the_first_start(short: bool) -> list[str]:
    """No room for a token or a journal: the daemon serves, and a later start has both."""
    with small_disk("64k") as disk:
        with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"x" * 4096)
        with tempfile.TemporaryDirectory() as folder:
            with beside.daemon("--state", str(disk), folder=pathlib.Path(folder)) as daemon:
                found = works(daemon)
            (disk / "filler").unlink()
            with beside.daemon("--state", str(disk), folder=pathlib.Path(folder)) as daemon:
                token = disk / "http.token"
                if not token.exists() or len(token.read_text().strip()) < 32:
                    found.append("there is no token after there was room")
                return found + works(daemon)


def read_only_state(short: bool) -> list[str]:
    """A state folder that cannot be written."""
    with small_disk("64k") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with beside.daemon("--state", str(disk)) as daemon:
            return works(daemon)


def an_empty_token(short: bool) -> list[str]:
    """What a full disk once left: an empty token is made anew."""
    with tempfile.TemporaryDirectory() as folder:
        token = pathlib.Path(folder) / "state/http.token"
        token.parent.mkdir()
        token.touch(0o600)
        with beside.daemon(folder=pathlib.Path(folder)):
            return [] if len(token.read_text().strip()) >= 32 else ["the token is still empty"]


def ports_taken(short: bool) -> list[str]:
    """A second daemon on the same ports fails at once and says why."""
    with beside.daemon() as daemon:
        taken = f"tcp://127.0.0.1:{daemon.ports['stream']}"
        try:
            with beside.daemon("--endpoint-stream", taken):
                return ["it started"]
        except RuntimeError as error:
            found = [] if "in use" in str(error) else [f"it does not say why: {error}"]
        return found + works(daemon)


def two_on_one_state_folder(short: bool) -> list[str]:
    """The second daemon on a state folder serves without a journal, and the first is not disturbed."""
    with beside.daemon() as first, beside.daemon("--state", str(first.folder / "state")) as second:
        return works(second) + works(first)


def stalled_log(short: bool) -> list[str]:
    """Nobody reads the log: commands and stops go on, and SIGTERM ends the daemon."""
    reading, writing = os.pipe()
    with beside.daemon() as daemon:
        # The log of a process of its own, whose reader never reads.
        command = pathlib.Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes().split(b"\0")[:-1]
        environment = dict(
            pair.decode().split("=", 1)
            for pair in pathlib.Path(f"/proc/{daemon.process.pid}/environ").read_bytes().split(b"\0") if b"=" in pair)
        environment.pop("NOTIFY_SOCKET")
    process = subprocess.Popen(command, stderr=writing, env={**environment, "KMMD_LOG_LEVEL": "trace"})
    os.close(writing)
    try:
        stalled = beside.Daemon(process, daemon.ports, daemon.folder, daemon.log)
        end = time.monotonic() + 60
        while not stalled.ask({"type": "status"}).get("ready"):
            if time.monotonic() > end:
                return ["it is not ready within 60 s"]
            time.sleep(0.2)
        for _ in range(200 if short else 800):
            stalled.ask({"type": "stop"}, "priority")
            stalled.say("wave")
        if not stalled.ask({"type": "halt"}, "priority").get("ok"):
            return ["halt is refused"]
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            return ["SIGTERM does not end it within 20 s"]
        return [] if process.returncode == 0 else [f"it ended with {process.returncode}"]
    finally:
        process.kill()
        process.wait()
        os.close(reading)


def aborted_by_a_watchdog(short: bool) -> list[str]:
    """SIGABRT ends the process, also with Swift's backtracer on."""
    with beside.daemon(SWIFT_BACKTRACE="enable=yes,color=no") as daemon:
        daemon.process.send_signal(signal.SIGABRT)
        try:
            daemon.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            return ["it lives on"]
        return [] if daemon.process.returncode == -signal.SIGABRT else [f"it ended with {daemon.process.returncode}"]


def limited_memory(short: bool) -> list[str]:
    """Little room for addresses: the daemon works in it."""
    with beside.daemon(limits=[(resource.RLIMIT_AS, 3 << 30)]) as daemon:
        return works(daemon)


def few_descriptors(short: bool) -> list[str]:
    """All descriptors are taken by connections: the stream goes on, and clients are served when they leave."""
    with beside.daemon(limits=[(resource.RLIMIT_NOFILE, 200)]) as daemon, beside.Watch(daemon) as watch:
        watch.move()
        peers = []
        for _ in range(300):
            with contextlib.suppress(OSError):
                peers.append(attacks.greet(daemon.ports["command"], b"DEALER", timeout=0.05))
        start = time.monotonic()
        time.sleep(1)
        ticks = sum(tick > start for _, tick, _ in watch.frames)
        found = [] if ticks > 40 else [f"only {ticks} ticks in a second without descriptors"]
        for peer in peers:
            peer.close()
        return found + ([] if daemon.ask({"type": "halt"}, "priority").get("ok") else ["halt is refused"])


def evil_files(short: bool) -> list[str]:
    """A pipe, an array that inflates to gigabytes, broken and empty files among the clips: each fails alone."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        os.mkfifo(place / "pipe.npz")
        os.mkfifo(place / "pipe.bvh")
        (place / "empty.bvh").touch()
        (place / "empty.npz").touch()
        walk = (beside.ROOT / "Tests/HumanMotionTests/Fixtures/walk.bvh").read_bytes()
        (place / "cut.bvh").write_bytes(walk[: len(walk) // 3])
        (place / "walk.bvh").write_bytes(walk)
        shutil.copy(beside.ROOT / "Tests/Fuzzing/Corpus/mcap/nested.mcap", place / "nested.mcap")
        bomb(place / "bomb.npz", 300 if short else 3900)
        with beside.daemon("--clips", folder, KMMD_RECORDINGS=folder) as daemon, beside.Watch(daemon) as watch:
            watch.move()
            before, found = daemon.memory_mib(), []
            for name in ["pipe.npz", "pipe.bvh", "empty.bvh", "empty.npz", "cut.bvh", "bomb.npz"]:
                for mode in ["append", "replace"]:
                    daemon.ask({"type": "play", "body": {"file": name, "mode": mode}})
                if daemon.memory_mib() > before + 150:
                    found.append(f"{name}: memory grew from {before:.0f} to {daemon.memory_mib():.0f} MiB")
            if daemon.ask({"type": "replay", "body": {"name": "nested", "dry_run": True}}).get("ok"):
                found.append("a nested recording is played")
            answer = daemon.ask({"type": "play", "body": {"file": "walk.bvh", "mode": "replace"}})
            if not answer.get("ok"):
                found.append(f"a sound file is refused: {answer}")
            took = watch.halt()
            return found + ([] if took < 1 else [f"halt took {took} s"])


def bomb(path: pathlib.Path, mebibytes: int) -> None:
    """An .npz of zeros that inflates to so much, under 4 GiB."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({mebibytes << 18}, 1), }}".encode().ljust(117) + b"\n"
    head = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    packer, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 20)
    check, parts = zlib.crc32(head), [packer.compress(head)]
    for _ in range(mebibytes):
        check = zlib.crc32(block, check)
        parts.append(packer.compress(block))
    data, name, size = b"".join(parts) + packer.flush(), b"poses.npy", len(head) + (mebibytes << 20)
    about = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, check, len(data), size, len(name), 0)
    local = b"PK\x03\x04" + about + name + data
    central = b"PK\x01\x02\x14\x00" + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)


CHECKS: dict[str, Check] = {
    each.__name__: each for each in [
        killed_again_and_again, stopped_and_continued, full_disk_at_the_first_start, read_only_state, an_empty_token,
        ports_taken, two_on_one_state_folder, stalled_log, aborted_by_a_watchdog, limited_memory, few_descriptors, evil_files,
        company.taken_names, company.newcomers, company.vanishing_sinks_and_sources, company.stepped_clock, company.impossible_states,
    ]
}
SHORT_ATTACKS = ["flood_and_reset", "short_topics", "long_topics", "dripping_http", "websocket_pings"]
"""Those of the short form."""


def reachable(daemon: beside.Daemon) -> list[str]:
    """Whether /healthz answers a newcomer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.ports['http']}/healthz", timeout=5) as answer:
            return [] if answer.status == 200 else [f"/healthz answers {answer.status}"]
    except OSError as error:
        return [f"/healthz is not reachable: {error}"]


def run_attacks(names: list[str], seconds: float, short: bool, minutes: float) -> dict[str, list[str]]:
    """Attacks beside one daemon, one after the other, again and again for some minutes; what was wrong with each."""
    # In its short form it finds what is broken, on a debug build and a busy machine; figures are for the long one.
    halts, settle, slack_s, slack_mib = (1, 0, 1, 200) if short else (max(3, int(seconds / 5)), 30, 0, 0)
    found: dict[str, list[str]] = {name: [] for name in names}
    with beside.daemon() as daemon, beside.Watch(daemon) as watch:
        watch.move()
        # What the first clients and commands make the process take is no growth.
        for name in ["noise", "texts"]:
            watch.during(name, 1, 1, 0)
        print(f"{'':24s}" + "".join(f"{each:>13s}" for each in beside.HEAD))
        descriptors, memory, end = daemon.descriptors(), daemon.memory_mib(), time.monotonic() + 60 * minutes
        while True:
            for name in names:
                seen = watch.during(name, seconds, halts, settle, lambda: reachable(daemon))
                faults = seen.faults(slack_s, slack_mib)
                end_of_wait = time.monotonic() + 10
                while daemon.descriptors() > descriptors + 50 and time.monotonic() < end_of_wait:
                    time.sleep(0.2)
                # Fewer than 48 connections that libzmq has forgotten stay at each socket for requests.
                if daemon.descriptors() > descriptors + 120:
                    faults.append(f"{daemon.descriptors() - descriptors} descriptors are left over")
                print(f"{name:24s}" + "".join(f"{each:>13s}" for each in seen.row), *faults, flush=True)
                found[name] += faults
            if time.monotonic() >= end:
                break
        print(f"{'altogether':24s}memory {memory:.0f} → {daemon.memory_mib():.0f} MiB")
        if daemon.memory_mib() > memory + 20 + slack_mib:
            found[names[-1]].append(f"memory grew from {memory:.0f} to {daemon.memory_mib():.0f} MiB in all")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--soak", type=float, default=0)
    options = parser.parse_args()
    known = [*attacks.ATTACKS, *CHECKS]
    if unknown := set(options.names) - set(known):
        parser.error(f"{', '.join(unknown)}: known are {', '.join(known)}")
    wanted = options.names or (SHORT_ATTACKS if options.short else known)
    seconds = options.seconds or (2 if options.short else 10)
    found: dict[str, list[str]] = {}
    if names := [name for name in attacks.ATTACKS if name in wanted]:
        found |= run_attacks(names, seconds, options.short, options.soak)
    for name in [name for name in CHECKS if name in wanted]:
        try:
            found[name] = CHECKS[name](options.short)
            print(f"{name:32s}", *(found[name] or ["as it should be"]), flush=True)
        except Skipped as reason:
            print(f"{name:32s} skipped: {reason}", flush=True)
        except Exception as error:
            found[name] = [f"{type(error).__name__}: {error}"]
            print(f"{name:32s}", *found[name], flush=True)
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
