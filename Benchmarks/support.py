"""What the benchmarks share: where the programs are, a daemon of their own, quantiles and tables."""

from __future__ import annotations

import contextlib
import os
import pathlib
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "Tests/HumanMotionTests/Fixtures"
sys.path.insert(0, str(ROOT / "Clients/python"))

import numpy as np

import kmmd

SOCKETS = ["command", "priority", "events", "stream", "state", "people"]
READY_TIMEOUT_S = 120


def program(name: str) -> str:
    """Path of `kmmd` or `kmmctl`: KMMD_BIN or KMMCTL_BIN, else the release build."""
    path = pathlib.Path(os.environ.get(f"{name.upper()}_BIN", ROOT / ".build/release" / name))
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is not there: run `swift build -c release`, or set {name.upper()}_BIN")
    return str(path)


def models() -> str:
    """Folder of the trained weights: KMMD_MODELS, else Models/."""
    path = pathlib.Path(os.environ.get("KMMD_MODELS", ROOT / "Models"))
    if not (path / "kmm").is_dir():
        sys.exit(f"{path}/kmm holds no trained weights: set KMMD_MODELS")
    return str(path)


def profiles_folder() -> str:
    """Folder of the robot profiles: KMMD_PROFILES, else RobotProfiles/."""
    return os.environ.get("KMMD_PROFILES", str(ROOT / "RobotProfiles"))


@dataclass
class Daemon:
    """A running kmmd on ipc endpoints of its own."""

    process: subprocess.Popen[bytes]
    endpoints: dict[str, str]
    start_up_s: float
    """From the start of the process to its READY=1, seconds."""

    def client(self) -> kmmd.Client:
        return kmmd.Client(**{name: self.endpoints[name] for name in SOCKETS if name not in ("state", "people")}, timeout=20)

    def memory_mib(self) -> dict[str, float]:
        """`rss` and its high-water mark `peak`, MiB."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        kib = {key: int(value.split()[0]) for key, value in (line.split(":\t") for line in lines if line[:2] == "Vm")}
        return {"rss": kib["VmRSS"] / 1024, "peak": kib["VmHWM"] / 1024}


@contextlib.contextmanager
def running_daemon(*flags: str, profiles: str | None = None, **variables: str) -> Iterator[Daemon]:
    """Starts a daemon, waits until it is ready, and ends it with SIGTERM."""
    robots = profiles or profiles_folder()
    with tempfile.TemporaryDirectory(prefix="kmmd-bench-") as folder, contextlib.ExitStack() as stack:
        endpoints = {name: f"ipc://{folder}/{name}" for name in SOCKETS}
        notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        notify.bind(f"{folder}/notify")
        notify.settimeout(READY_TIMEOUT_S)
        log = stack.enter_context(open(f"{folder}/log", "w+b"))
        command = [program("kmmd"), "--models", models(), "--profiles", robots, *flags]
        command += [flag for name in SOCKETS for flag in (f"--endpoint-{name}", endpoints[name])]
        environment = dict(os.environ, NOTIFY_SOCKET=f"{folder}/notify", KMMD_STATE=folder, KMMD_HTTP="", **variables)
        start = time.monotonic()
        process = subprocess.Popen(command, stderr=log, env=environment)
        try:
            message = ""
            while not message.startswith("READY=1"):
                if process.poll() is not None:
                    sys.exit(f"kmmd ended with status {process.returncode}:\n{_text(log)}")
                notify.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    message = notify.recv(4096).decode()
                if time.monotonic() - start > READY_TIMEOUT_S:
                    sys.exit(f"kmmd is not ready after {READY_TIMEOUT_S} s:\n{_text(log)}")
            yield Daemon(process, endpoints, time.monotonic() - start)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _text(log: Any) -> str:
    log.seek(0)
    return str(log.read().decode(errors="replace"))


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile, extremes and number of the values."""
    p50, p99 = np.percentile(values, [50, 99])
    return {"p50": float(p50), "p99": float(p99), "min": min(values), "max": max(values), "count": len(values)}


def machine() -> dict[str, Any]:
    """What the numbers depend on: processor, cores, load average now (1, 5, 15 minutes)."""
    cpu = platform.machine()
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return {"cpu": cpu, "cores": os.cpu_count(), "load": [round(load, 2) for load in os.getloadavg()]}


def show_machine(at_start: dict[str, Any], at_end: dict[str, Any]) -> None:
    """Prints the line that says on what, and beside how much other work, was measured."""
    loads = " to ".join(f"{about['load'][0]:.2f}" for about in (at_start, at_end))
    print(f"{at_start['cpu']}, {at_start['cores']} cores, load average {loads}")


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under a head: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(text.rjust(w) if i else text.ljust(w) for i, (text, w) in enumerate(zip(row, widths))).rstrip())
