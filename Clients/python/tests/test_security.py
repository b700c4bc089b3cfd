"""Keys: who may connect and do what, as a user sets it up with kmmctl."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

import kmmd
from conftest import ROOT, Daemon, binary, start

NAMES = ["command", "priority", "events", "stream"]


def kmmctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(binary("kmmctl")), *arguments], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Keys of three clients, one for each role."""
    path = tmp_path_factory.mktemp("keys")
    for role in ("observe", "command", "operator"):
        made = kmmctl("keys", "make", role, "--role", role, "--keys", str(path / "keys"), "-o", str(path / f"{role}.json"))
        assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def guarded(folder: pathlib.Path) -> Iterator[Daemon]:
    daemon = start("--keys", str(folder / "keys"), scheme="tcp")
    yield daemon
    daemon.stop()


@pytest.fixture
def connect(folder: pathlib.Path, guarded: Daemon) -> Callable[..., kmmd.Client]:
    def client(key: str | None, timeout: float = 60) -> kmmd.Client:
        file = folder / f"{key}.json" if key else None
        return kmmd.Client(**{name: guarded.endpoints[name] for name in NAMES}, key=file, timeout=timeout)

    return client


def test_secrets_are_for_their_owner_only(folder: pathlib.Path) -> None:
    for file in (folder / "keys/server.json", folder / "command.json"):
        assert file.stat().st_mode & 0o077 == 0
    listed = kmmctl("keys", "list", "--keys", str(folder / "keys")).stdout
    assert json.loads((folder / "command.json").read_text())["public"] in listed
    assert json.loads((folder / "command.json").read_text())["secret"] not in listed


def test_a_client_with_a_key_asks_commands_and_listens(connect: Callable[..., kmmd.Client]) -> None:
    with connect("command") as client:
        assert client.hello()["service"] == "kmmd"
        with client.subscribe(timeout=60) as stream:
            stream.wait_until_connected(60)
            ack = client.say("wave", duration_s=1)
            kinds = set()
            for message in stream:
                kinds.add(type(message))
                if isinstance(message, kmmd.Event) and message.command == ack.command:
                    break
        client.stop()
    assert kinds == {kmmd.Frame, kmmd.Event} or kinds == {kmmd.Event}


def test_the_asyncio_client_uses_keys_too(folder: pathlib.Path, guarded: Daemon) -> None:
    async def ask() -> list[str]:
        endpoints = {name: guarded.endpoints[name] for name in NAMES}
        async with kmmd.aio.Client(**endpoints, key=folder / "observe.json", timeout=60) as client:
            async with client.subscribe(events=False, timeout=60) as stream:
                await anext(stream)
            return await client.robots()

    assert asyncio.run(ask()) == ["unitree_g1"]


def test_a_role_that_is_too_low_is_forbidden(connect: Callable[..., kmmd.Client]) -> None:
    with connect("observe") as client:
        for attempt in (lambda: client.say("wave"), client.stop, client.halt, client.reload):
            with pytest.raises(kmmd.KmmdError) as caught:
                attempt()
            assert caught.value.code == "forbidden"
    with connect("command") as client:
        with pytest.raises(kmmd.KmmdError) as caught:
            client.reset()
        assert caught.value.code == "forbidden"


def test_without_a_key_nobody_answers_and_it_is_counted(connect: Callable[..., kmmd.Client], guarded: Daemon) -> None:
    with connect(None, timeout=1) as client, pytest.raises(kmmd.NoAnswer):
        client.hello()
    with connect("observe") as client:
        assert client.status()["counts"]["refused_clients"] > 0
    assert "did not get through the handshake" in guarded.log.read_text()


def test_a_revoked_key_is_out_after_a_reload(
    folder: pathlib.Path, guarded: Daemon, connect: Callable[..., kmmd.Client]
) -> None:
    keys = str(folder / "keys")
    assert kmmctl("keys", "make", "guest", "--keys", keys, "-o", str(folder / "guest.json")).returncode == 0
    with connect("operator") as operator:
        assert operator.reload()["clients"] == 4
        with connect("guest") as guest:
            guest.robots()
            assert kmmctl("keys", "revoke", "guest", "--keys", keys).returncode == 0
            guarded.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 60
            with pytest.raises(kmmd.KmmdError) as caught:
                while time.monotonic() < deadline:
                    guest.robots()
                    time.sleep(0.05)
            assert caught.value.code == "forbidden"
        with connect("guest", timeout=1) as guest, pytest.raises(kmmd.NoAnswer):
            guest.robots()
        # One bad file, and the list stays as it was.
        broken = folder / "keys/clients/broken.json"
        broken.write_text('{"role": "king"}')
        with pytest.raises(kmmd.KmmdError, match="broken.json"):
            operator.reload()
        broken.unlink()
        operator.robots()


def test_kmmctl_connects_with_a_key(folder: pathlib.Path, guarded: Daemon) -> None:
    flags = guarded.endpoint_flags("command", "priority", "events", "stream")
    key = ["--key", str(folder / "command.json")]
    assert kmmctl("status", *flags, *key).returncode == 0
    assert kmmctl("stop", *flags, *key).returncode == 0
    assert kmmctl("watch", "--stream", "--seconds", "2", *flags, *key).returncode == 0
    refused = kmmctl("reset", *flags, *key)
    assert refused.returncode == 1 and "forbidden" in refused.stderr
    assert kmmctl("status", *flags, "--timeout", "1").returncode == 3


def test_the_cpp_client_connects_with_a_key(folder: pathlib.Path, guarded: Daemon, tmp_path: pathlib.Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    source, program = ROOT / "Clients/cpp/say.cpp", tmp_path / "say"
    command = [compiler, "-std=c++17", "-I", str(source.parent), str(source), "-lzmq", "-o", str(program)]
    subprocess.run(command, check=True, timeout=300)
    endpoints = [guarded.endpoints[name] for name in ("command", "priority", "stream")]

    def say(key: str) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ, KMMD_KEY=str(folder / f"{key}.json"))
        return subprocess.run(
            [str(program), "wave", *endpoints], capture_output=True, text=True, timeout=300, env=environment)

    assert len(say("command").stdout.splitlines()) > 20
    refused = say("observe")
    assert refused.returncode == 1 and refused.stderr.startswith("forbidden: ")
    assert say("nobody").stderr.startswith("bad_keys: ")


def test_an_open_address_needs_keys(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    flags = ["--endpoint-command", "tcp://0.0.0.0:0", "--models", str(tmp_path)]
    refused = subprocess.run([str(binary("kmmd")), *flags], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "--keys" in refused.stderr and "--endpoint-command" in refused.stderr
