"""A daemon whose robot moves, and what is seen beside it: the stream's gaps, the latency of `halt`, memory, a bare thread."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICK_S = 0.02
SOCKETS = ["command", "priority", "events", "stream", "state", "people"]


def program() -> str:
    """Path of kmmd: KMMD_BIN, else the release build, else the debug build."""
    given = os.environ.get("KMMD_BIN")
    paths = [given] if given else [str(ROOT / ".build" / each / "kmmd") for each in ("release", "debug")]
    for path in paths:
        if os.access(path, os.X_OK):
            return path
    sys.exit(f"{paths[0]} is not there: build it, or set KMMD_BIN")


def free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


@dataclass
class Daemon:
    """A running kmmd on TCP ports of its own."""

    process: subprocess.Popen[bytes]
    ports: dict[str, int]
    folder: pathlib.Path
    log: pathlib.Path

    def memory_mib(self) -> float:
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def ask(self, body: dict[str, object], name: str = "command", timeout: float = 20) -> dict[str, object]:
        """One request, answered."""
        with zmq.Context() as context, context.socket(zmq.REQ) as asking:
            asking.setsockopt(zmq.LINGER, 0)
            asking.connect(f"tcp://127.0.0.1:{self.ports[name]}")
            asking.send_json(body)
            if not asking.poll(timeout * 1000):
                raise TimeoutError(f"no answer to {body['type']} within {timeout} s")
            answer: dict[str, object] = asking.recv_json()
            return answer

    def say(self, text: str, **body: object) -> dict[str, object]:
        return self.ask({"type": "say", "body": {"text": text, **body}})


@contextlib.contextmanager
def daemon(
    *flags: str, folder: pathlib.Path | None = None, limits: Sequence[tuple[int, int]] = (), **variables: str
) -> Iterator[Daemon]:
    """Starts a daemon, waits until it is ready, and ends it whatever happened to it. `limits` are of its resources alone."""
    with contextlib.ExitStack() as stack:
        place = folder or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kmmd-faults-")))
        ports = {name: free_port() for name in [*SOCKETS, "http", "sink", "suit"]}
        notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        with tempfile.TemporaryDirectory() as short:
            notify.bind(f"{short}/n")
            log = place / "log"
            command = [program(), "--state", str(place / "state"), "--http", f"http://127.0.0.1:{ports['http']}"]
            command += [flag for name in SOCKETS for flag in (f"--endpoint-{name}", f"tcp://127.0.0.1:{ports[name]}")]
            command += ["--people", f"vmc://127.0.0.1:{ports['suit']}"]
            command += ["--sink", f"sonic=tcp://127.0.0.1:{ports['sink']}", *flags]
            environment = {
                "KMMD_DATA": str(ROOT), **os.environ, "NOTIFY_SOCKET": f"{short}/n", "SWIFT_BACKTRACE": "enable=no", "KMMD_UNDERSTANDING": "any",
                **variables}
            with log.open("wb") as errors:
                process = subprocess.Popen(
                    command, stderr=errors, env=environment,
                    preexec_fn=lambda: [resource.setrlimit(kind, (most, most)) for kind, most in limits])
            try:
                _await_ready(process, notify, log, 120)
                yield Daemon(process, ports, place, log)
            finally:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _await_ready(process: subprocess.Popen[bytes], notify: socket.socket, log: pathlib.Path, waits: float) -> None:
    notify.settimeout(0.2)
    end = time.monotonic() + waits
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"kmmd ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        with contextlib.suppress(TimeoutError):
            if notify.recv(4096).startswith(b"READY=1"):
                return
    raise TimeoutError(f"kmmd is not ready after {waits} s:\n{log.read_text()[-2000:]}")


BARE = """
import sys, time
due, worst = time.monotonic(), 0.0
while True:
    due += 0.02
    time.sleep(max(0, due - time.monotonic()))
    late = time.monotonic() - due
    if late > worst:
        worst = late
        print(f"{worst:.6f}", flush=True)
    if late > 0.02:
        due = time.monotonic()
"""


@dataclass
class Seen:
    """What was seen beside an attack."""

    ticks: int = 0
    missing: int = 0
    """Frames that did not arrive, by their numbers."""
    tick_gap_s: float = 0
    """Longest time between two ticks, by the daemon's own stamps; frames that did not arrive were ticks too."""
    arrival_gap_s: float = 0
    """Longest time between two frames here."""
    bare_s: float = 0
    """Longest delay of a thread that only sleeps, in the same time."""
    halts_s: list[float] = field(default_factory=list)
    """From sending `halt` to the first halted tick."""
    memory_mib: tuple[float, float] = (0, 0)
    """Resident before and after."""
    peak_mib: float = 0
    """The most that was resident in between."""
    problems: list[str] = field(default_factory=list)
    """What a newcomer met meanwhile."""

    def faults(self, slack_s: float = 0, slack_mib: float = 0) -> list[str]:
        """What must not be, in words; the machine's own delays are not the daemon's. A debug build gets some slack."""
        found = list(self.problems)
        allowed = TICK_S + max(self.bare_s, 0.005) + 0.005 + slack_s
        if self.ticks < 10:
            found.append(f"only {self.ticks} ticks were heard")
        if self.tick_gap_s > allowed:
            found.append(f"a gap of {self.tick_gap_s * 1000:.0f} ms between ticks, {allowed * 1000:.0f} allowed")
        if self.missing > (self.bare_s + slack_s) / TICK_S + 1:
            found.append(f"{self.missing} frames did not arrive")
        late = [each for each in self.halts_s if each > 2 * TICK_S + self.bare_s + slack_s]
        if late:
            found.append(f"halt took {max(late) * 1000:.0f} ms")
        if self.memory_mib[1] - self.memory_mib[0] > 20 + slack_mib:
            found.append(f"memory grew from {self.memory_mib[0]:.0f} to {self.memory_mib[1]:.0f} MiB")
        return found

    @property
    def row(self) -> list[str]:
        halts = f"{max(self.halts_s) * 1000:.0f}" if self.halts_s else "-"
        return [
            str(self.ticks), str(self.missing), *(f"{each * 1000:.0f}" for each in (self.tick_gap_s, self.arrival_gap_s, self.bare_s)), halts,
            f"{self.memory_mib[0]:.0f} → {self.memory_mib[1]:.0f}", f"{self.peak_mib:.0f}"]


HEAD = ["frames", "missing", "gap ms", "arrival ms", "bare ms", "halt ms", "memory MiB", "peak MiB"]


class Watch:
    """Follows a daemon's stream, and a thread that only sleeps."""

    def __init__(self, watched: Daemon) -> None:
        self.daemon = watched
        self.frames: list[tuple[float, float, str]] = []
        self.numbers: list[int] = []
        self.peak_mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._bare = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._bare.kill()
        self._bare.wait()

    def _listen(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.LINGER, 0)
            subscriber.setsockopt(zmq.RCVHWM, 0)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"reference.unitree_g1.")
            subscriber.connect(f"tcp://127.0.0.1:{self.daemon.ports['stream']}")
            while not self._over.is_set():
                if subscriber.poll(100):
                    message = subscriber.recv()
                    text = message[message.index(b"{") : message.index(b"}\0") + 1]
                    header = json.loads(text)
                    self.numbers.append(header["frame"])
                    self.frames.append((time.monotonic(), header["t_mono_ns"] / 1e9, header["state"]))
                    if header["frame"] % 10 == 0:
                        with contextlib.suppress(OSError, StopIteration):
                            self.peak_mib = max(self.peak_mib, self.daemon.memory_mib())

    def await_state(self, *states: str, timeout: float = 20) -> float:
        """The time of the next tick in one of the states."""
        start, end = len(self.frames), time.monotonic() + timeout
        while time.monotonic() < end:
            for _, tick, state in self.frames[start:]:
                if state in states:
                    return tick
            time.sleep(0.002)
        raise TimeoutError(f"the robot is not {' or '.join(states)} within {timeout} s")

    def move(self) -> None:
        """Has the robot walk."""
        for _ in range(3):
            answer = self.daemon.say("walk forward", duration_s=60, mode="replace")
            if not answer.get("ok"):
                raise RuntimeError(f"the robot does not take a command: {answer}")
            try:
                self.await_state("playing")
                return
            except TimeoutError as error:
                state = self.daemon.ask({"type": "status", "body": {"command": answer["command"]}}).get("state")
                problem = f"{error}: its command is {state}, the robot {self.frames[-1][2] if self.frames else 'unheard'}"
                # What was drawn may be more than the robot's body can do; another draft may not.
                if state != "infeasible":
                    raise TimeoutError(f"{problem}\n{self.daemon.log.read_text(errors='replace')[-2000:]}") from error
        raise TimeoutError(problem)

    def halt(self) -> float:
        """Halts the moving robot; how long it took to take effect, seconds. It moves again afterwards."""
        # Others' commands may have had it rest.
        try:
            self.await_state("playing", timeout=2)
        except TimeoutError:
            self.move()
        start = time.monotonic()
        answer = self.daemon.ask({"type": "halt"}, "priority")
        if not answer.get("ok"):
            raise RuntimeError(f"halt: {answer}")
        took = max(0, self.await_state("halted") - start)
        end = time.monotonic() + 20
        while not self.daemon.ask({"type": "reset"}, "priority").get("ok"):
            if time.monotonic() > end:
                raise TimeoutError("the robot is not reset within 20 s")
            time.sleep(0.05)
        self.move()
        return took

    def during(
        self, attack: str, seconds: float, halts: int, settle: float, meanwhile: Callable[[], list[str]] = lambda: []
    ) -> Seen:
        """What is seen while an attack runs, and some seconds after it for memory to come back."""
        seen = Seen()
        self.move()
        before = self.peak_mib = self.daemon.memory_mib()
        ports = [f"{name}={port}" for name, port in self.daemon.ports.items()]
        start = time.monotonic()
        path = pathlib.Path(__file__).parent / "attacks.py"
        attacker = subprocess.Popen([sys.executable, str(path), attack, str(seconds), *ports], stderr=subprocess.DEVNULL)
        try:
            for index in range(halts):
                time.sleep(max(0, start + seconds * (index + 0.5) / halts - time.monotonic()))
                seen.halts_s.append(self.halt())
                seen.problems += meanwhile()
            attacker.wait(timeout=seconds + 60)
        finally:
            attacker.kill()
            attacker.wait()
        ticks = [(here, tick, number) for (here, tick, _), number in zip(self.frames, self.numbers) if here >= start]
        seen.ticks = len(ticks)
        for (here, tick, number), (next_here, next_tick, next_number) in zip(ticks, ticks[1:]):
            between = next_number - number - 1
            seen.missing += between
            seen.tick_gap_s = max(seen.tick_gap_s, next_tick - tick - between * TICK_S)
            seen.arrival_gap_s = max(seen.arrival_gap_s, next_here - here)
        seen.peak_mib = self.peak_mib
        end = time.monotonic() + settle
        while time.monotonic() < end and self.daemon.memory_mib() > before + 10:
            time.sleep(0.2)
        seen.memory_mib = (before, self.daemon.memory_mib())
        seen.bare_s = self._worst_of_bare()
        if self.daemon.process.poll() is not None:
            raise RuntimeError(f"kmmd ended with {self.daemon.process.returncode}")
        return seen

    def _worst_of_bare(self) -> float:
        """The worst since the last time."""
        self._bare.kill()
        lines = self._bare.communicate()[0].split()
        self._bare = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
        return float(lines[-1]) if lines else 0
