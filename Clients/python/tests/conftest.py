"""A real daemon process for the tests, on endpoints of its own."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import zmq

import kmmd

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAMES = ["command", "priority", "events", "stream", "state", "people"]


def binary(name: str) -> pathlib.Path:
    """The built program: beside KMMD_BIN, else from the debug or release build."""
    given = os.environ.get("KMMD_BIN")
    folders = [pathlib.Path(given).resolve().parent] if given else []
    for folder in [*folders, ROOT / ".build/debug", ROOT / ".build/release"]:
        if (folder / name).exists():
            return folder / name
    pytest.skip(f"{name} is not built")


def trained_weights() -> pathlib.Path:
    """The folder of the weights; the test is skipped when none have been trained."""
    models = pathlib.Path(os.environ.get("KMMD_MODELS", ROOT / "Models"))
    if not (models / "free").is_dir():
        pytest.skip(f"{models}/free holds no trained weights")
    return models


@dataclass
class Daemon:
    """A running kmmd."""

    process: subprocess.Popen[str]
    endpoints: dict[str, str]
    log: pathlib.Path
    ready: str

    def client(self, timeout: float = 60) -> kmmd.Client:
        names = ["command", "priority", "events", "stream"]
        return kmmd.Client(**{name: self.endpoints[name] for name in names}, timeout=timeout)

    def endpoint_flags(self, *names: str) -> list[str]:
        return [flag for name in names for flag in (f"--endpoint-{name}", self.endpoints[name])]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def start(
    *flags: str, scheme: str = "ipc", watchdog_usec: int | None = None, policy: str | None = "any"
) -> Daemon:
    """Starts a daemon and waits for its READY=1.

    Most tests look at the stream and the protocol, with the model's motion of whatever they say: policy `any`. None is the daemon's own.
    """
    models = trained_weights()
    folder = tempfile.mkdtemp(prefix="kmmd-")
    if scheme == "ipc":
        endpoints = {name: f"ipc://{folder}/{name}" for name in NAMES}
    else:
        endpoints = {name: f"tcp://127.0.0.1:{port}" for name, port in zip(NAMES, free_ports(len(NAMES)))}
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(f"{folder}/notify")
    log = pathlib.Path(folder) / "log"
    command = [str(binary("kmmd")), "--models", str(models)]
    for name, endpoint in endpoints.items():
        command += [f"--endpoint-{name}", endpoint]
    environment = dict(os.environ, NOTIFY_SOCKET=f"{folder}/notify", KMMD_STATE=folder, KMMD_HTTP="")
    environment.pop("JOURNAL_STREAM", None)
    if policy is not None:
        environment.setdefault("KMMD_UNDERSTANDING", policy)
    if watchdog_usec is not None:
        environment["WATCHDOG_USEC"] = str(watchdog_usec)
    with log.open("w") as stream:
        process = subprocess.Popen([*command, *flags], stderr=stream, env=environment, text=True)
    notify.settimeout(1)
    for _ in range(120):
        try:
            message = notify.recv(4096).decode()
        except TimeoutError:
            assert process.poll() is None, log.read_text()
            continue
        if message.startswith("READY=1"):
            notify.settimeout(60)
            daemon = Daemon(process, endpoints, log, message)
            daemon.notify = notify  # type: ignore[attr-defined]
            return daemon
    process.kill()
    raise AssertionError(f"not ready after 120 s:\n{log.read_text()}")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def overheard(endpoint: str, *topics: str) -> Iterator[list[bytes]]:
    """All that is published under the topics while the block runs; nothing is lost for want of a reader."""
    messages: list[bytes] = []
    is_over = threading.Event()

    def read() -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.LINGER, 0)
            subscriber.setsockopt(zmq.RCVHWM, 0)
            for topic in topics:
                subscriber.setsockopt_string(zmq.SUBSCRIBE, topic)
            subscriber.connect(endpoint)
            while not is_over.is_set():
                if subscriber.poll(100):
                    messages.append(subscriber.recv())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield messages
    finally:
        is_over.set()
        reader.join()


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    running = start()
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def client(daemon: Daemon) -> Iterator[kmmd.Client]:
    """A client of a daemon whose robot stands, with nothing planned."""
    with daemon.client() as connected:
        connected.stop()
        with connected.subscribe(events=False, timeout=60) as stream:
            quiet = 0
            for frame in stream:
                quiet = quiet + 1 if frame.state == "holding" and abs(frame.joint_vel).max() < 1e-3 else 0
                if quiet >= 3:
                    break
        yield connected
