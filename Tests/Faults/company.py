"""Bad company that is no flood: clients of one name, sinks and sources that vanish, a clock that is set."""

from __future__ import annotations

import contextlib
import mmap
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import attacks
import beside
import zmq

sys.path.insert(0, str(beside.ROOT / "Clients/python"))


class Lasting:
    """A client that keeps its connection, as robots' controllers do, and asks again when no answer comes."""

    def __init__(self, daemon: beside.Daemon, name: str) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"tcp://127.0.0.1:{daemon.ports[name]}")
        self.number, self.again = 0, 0

    def ask(self, verb: str, timeout: float = 5) -> float:
        """Seconds until it is carried out; `again` counts what had to be asked twice."""
        self.number += 1
        start = time.monotonic()
        while time.monotonic() < start + timeout:
            # What comes too late does nothing: it is asked again by then, and something else may hold.
            late = {} if verb == "hold" else {"sent_ns": time.time_ns(), "deadline_ms": 500}
            self.socket.send_json({"type": verb, "id": f"{verb}-{self.number}", **late})
            end = time.monotonic() + 0.5
            while self.socket.poll(max(0, int((end - time.monotonic()) * 1000))):
                answer = self.socket.recv_json()
                if answer.get("id") == f"{verb}-{self.number}" and answer.get("ok"):
                    return time.monotonic() - start
            self.again += 1
        raise TimeoutError(f"no answer to {verb} within {timeout} s")

    def close(self) -> None:
        self.socket.close()
        self.context.term()


def taken_names(short: bool) -> list[str]:
    """Clients that take each other's names at both request sockets and send on: descriptors stay few, each hold of another takes effect."""
    found: list[str] = []
    with beside.daemon() as daemon, beside.Watch(daemon) as watch:
        watch.move()
        before, most = daemon.descriptors(), 0
        attackers = [
            subprocess.Popen(
                [sys.executable, attacks.__file__, "same_name", "6" if short else "30", f"command={daemon.ports[name]}"], stderr=subprocess.DEVNULL)
            for name in ("command", "priority")]
        stopping, asking = Lasting(daemon, "priority"), Lasting(daemon, "command")
        rounds = 0
        try:
            while any(attacker.poll() is None for attacker in attackers):
                start = time.monotonic()
                stopping.ask("hold")
                took = watch.await_state("holding", timeout=5) - start
                if took > 2 and len(found) < 3:
                    found.append(f"a hold took {took:.1f} s")
                asking.ask("resume")
                watch.await_state("playing", "ramping", timeout=5)
                if rounds % 10 == 9:
                    watch.move()
                rounds += 1
                most = max(most, daemon.descriptors())
        finally:
            for attacker in attackers:
                attacker.kill()
                attacker.wait()
            stopping.close()
            asking.close()
        # The same name again, politely: the second client is answered.
        with attacks.greet(daemon.ports["command"], b"DEALER", b"same") as first, attacks.greet(
                daemon.ports["command"], b"DEALER", b"same") as second:
            second.sendall(attacks.frame(b'{"type":"hello"}'))
            second.settimeout(5)
            if not second.recv(4096):
                found.append("a second client of one name is not answered")
            first.close()
        time.sleep(3)
        print(
            f"{'':24s}{rounds} holds, {stopping.again} asked again, {asking.again} resumes asked again, descriptors {before}, {most} at most, "
            f"{daemon.descriptors()} after")
        # Each of the two sockets may have 512 connections, and about as many that libzmq forgot before it is bound anew.
        if most > before + 2 * 2 * 512 or daemon.descriptors() > before + 120:
            found.append(f"descriptors: {before}, {most} at most, {daemon.descriptors()} after")
    return found


@contextlib.contextmanager
def sending(daemon: beside.Daemon, step: mmap.mmap | None = None) -> Iterator[threading.Event]:
    """Sends where a robot is that follows the stream at once, with every frame; set the event to fall silent."""
    from kmmd import container

    silent, over = threading.Event(), threading.Event()

    def run() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as pushing, context.socket(zmq.SUB) as following:
            pushing.setsockopt(zmq.LINGER, 0)
            pushing.connect(f"tcp://127.0.0.1:{daemon.ports['state']}")
            following.setsockopt(zmq.LINGER, 0)
            following.setsockopt(zmq.SUBSCRIBE, b"reference.unitree_g1.")
            following.connect(f"tcp://127.0.0.1:{daemon.ports['stream']}")
            while not over.is_set():
                if not following.poll(100):
                    continue
                frame = container.decode(following.recv())
                if silent.is_set():
                    continue
                wall = time.time_ns() + (struct.unpack("<q", step[:8])[0] if step else 0)
                fields = {name: frame.fields[name].astype("f4") for name in ("joint_pos", "root_quat")}
                pushing.send(container.encode("state.unitree_g1.", {"t_wall_ns": wall}, fields))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield silent
    finally:
        over.set()
        thread.join()


def vanishing_sinks_and_sources(short: bool) -> list[str]:
    """Receivers that come and go in the middle of messages, and a source of states that falls silent and comes back: the stream goes on."""
    found: list[str] = []
    with beside.daemon("--source", "native") as daemon, beside.Watch(daemon) as watch, sending(daemon) as silent:
        time.sleep(1)
        watch.move()
        start = len(watch.frames)
        end = time.monotonic() + (3 if short else 20)
        while time.monotonic() < end:
            peers = []
            for _ in range(10):
                with contextlib.suppress(OSError):
                    peer = attacks.greet(daemon.ports["sink"], b"SUB")
                    peer.sendall(attacks.frame(b"\x01"))
                    peers.append(peer)
            time.sleep(0.1)
            for index, peer in enumerate(peers):
                peer.close() if index % 2 else attacks.reset(peer)
        silent.set()
        time.sleep(0.2)
        watch.await_state("holding", "stopping", timeout=10)
        silent.clear()
        time.sleep(1)
        if not daemon.say("walk forward", duration_s=20, mode="replace").get("ok"):
            found.append("no command is taken after the source came back")
        watch.await_state("playing")
        numbers = watch.numbers[start:]
        missing = numbers[-1] - numbers[0] + 1 - len(numbers)
        if missing:
            found.append(f"{missing} frames did not arrive")
        took = watch.halt()
        return found + ([] if took < 1 else [f"halt took {took} s"])


def stepped_clock(short: bool) -> list[str]:
    """The wall clock is set by an hour, back and forth, under the daemon and under a source of states: nothing holds, expires or is lost."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        library, place = pathlib.Path(folder) / "clock.so", pathlib.Path(folder) / "step"
        source = pathlib.Path(__file__).with_name("clock.c")
        subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        place.write_bytes(bytes(8))
        with place.open("r+b") as file, mmap.mmap(file.fileno(), 8) as step, beside.daemon(
                "--source", "native", LD_PRELOAD=str(library), KMMD_CLOCK_STEP=str(place)) as daemon, beside.Watch(
                daemon) as watch, sending(daemon, step):
            time.sleep(1)
            watch.move()
            start = len(watch.frames)
            waiting = daemon.ask({"type": "say", "deadline_ms": 60_000, "body": {"text": "wave", "mode": "append"}})["command"]
            for hours in [1, -1, 5, 0] if not short else [1, -1]:
                step[:8] = struct.pack("<q", hours * 3_600_000_000_000)
                wall = daemon.ask({"type": "hello"})["t_wall_ns"]
                if abs(wall - time.time_ns() - hours * 3_600_000_000_000) > 2e9:
                    found.append(f"the clock was not set: {wall}")
                time.sleep(1.5)
                if (state := watch.frames[-1][2]) != "playing":
                    found.append(f"{hours} h: the robot is {state}")
                if not (answer := daemon.ask({"type": "say", "deadline_ms": 5000, "body": {"text": "walk forward", "mode": "replace", "duration_s": 20}})
                        ).get("ok"):
                    found.append(f"{hours} h: {answer}")
                watch.await_state("playing")
                state = daemon.ask({"type": "status", "body": {"command": answer.get("command", "")}}).get("state")
                if state == "expired":
                    found.append(f"{hours} h: a command expired")
                waiting = daemon.ask({"type": "say", "deadline_ms": 60_000, "body": {"text": "wave", "mode": "append"}})["command"]
            if daemon.ask({"type": "status", "body": {"command": waiting}}).get("state") == "expired":
                found.append("a command that waits expired")
            ticks = [tick for _, tick, _ in watch.frames[start:]]
            gap = max(b - a for a, b in zip(ticks, ticks[1:]))
            if gap > 0.5:
                found.append(f"{gap:.1f} s without a tick")
            watch.halt()
    return found


def impossible_states(short: bool) -> list[str]:
    """A sender of measured states that says what no sensor can: commands and stops are answered, and a sound state counts again."""
    import numpy as np

    from kmmd import container

    found: list[str] = []
    with beside.daemon() as daemon, zmq.Context() as context, context.socket(zmq.PUSH) as pushing:
        pushing.setsockopt(zmq.LINGER, 0)
        pushing.connect(f"tcp://127.0.0.1:{daemon.ports['state']}")

        def send(kind: str, value: float) -> None:
            joints = np.zeros(29, kind)
            joints[3] = value
            fields = {"joint_pos": joints, "joint_vel": joints, "root_pos": np.full(3, value, kind), "root_quat": np.array([1, 0, 0, 0], kind)}
            pushing.send(container.encode("state.unitree_g1.", {"t_wall_ns": time.time_ns()}, fields))
            time.sleep(0.02)

        for kind, value in [("f4", 1e30), ("f8", 1e308), ("f8", -1e17), ("f4", 999.0)]:
            for verb, name in [("say", "command"), ("hold", "priority"), ("resume", "command"), ("status", "command")]:
                send(kind, value)
                body = {"body": {"text": "wave"}} if verb == "say" else {}
                try:
                    daemon.ask({"type": verb, **body}, name, timeout=5)
                except TimeoutError as error:
                    return [f"{kind} {value}: {error}; the process {daemon.process.poll() or 'lives'}"]
        time.sleep(1)
        answer = daemon.say("wave", mode="replace")
        if not answer.get("ok"):
            found.append(f"no command is taken afterwards: {answer}")
    return found


def newcomers(short: bool) -> list[str]:
    """Clients that connect anew while others flood, each with one halt: all are answered, none late for want of a place in a queue."""
    found = []
    for attack in ["flood_and_reset", "tiny_messages"]:
        with beside.daemon() as daemon, zmq.Context() as context:
            ports = [f"{name}={port}" for name, port in daemon.ports.items()]
            seconds = 4 if short else 20
            attacker = subprocess.Popen(
                [sys.executable, str(pathlib.Path(attacks.__file__)), attack, str(seconds + 20), *ports], stderr=subprocess.DEVNULL)
            try:
                asked: list[tuple[float, zmq.Socket[bytes]]] = []
                took: list[float] = []
                end = time.monotonic() + seconds
                while time.monotonic() < end or asked and time.monotonic() < end + 15:
                    if time.monotonic() < end:
                        asking = context.socket(zmq.REQ)
                        asking.setsockopt(zmq.LINGER, 0)
                        asking.connect(f"tcp://127.0.0.1:{daemon.ports['priority']}")
                        asking.send_json({"type": "halt"})
                        asked.append((time.monotonic(), asking))
                    time.sleep(0.05)
                    for start, each in [pair for pair in asked if pair[1].poll(0)]:
                        took.append(time.monotonic() - start)
                        each.close()
                        asked.remove((start, each))
                for _, each in asked:
                    each.close()
            finally:
                attacker.kill()
                attacker.wait()
            took.sort()
            print(f"  {attack}: {len(took)} answered, half within {took[len(took) // 2] * 1000:.0f} ms, all within {took[-1] * 1000:.0f}")
            if asked:
                found.append(f"{attack}: {len(asked)} of {len(asked) + len(took)} halts have no answer")
    return found
