"""Both clients against a real daemon, and one that goes and comes back."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time

import pytest
import zmq

import kmmd
from conftest import NAMES, Daemon, free_ports, start


def asynchronous(daemon: Daemon, timeout: float = 60) -> kmmd.aio.Client:
    names = ("command", "priority", "events", "stream")
    return kmmd.aio.Client(**{name: daemon.endpoints[name] for name in names}, timeout=timeout)


def test_both_clients_have_the_same_verbs() -> None:
    def verbs(client: type) -> set[str]:
        return {name for name in vars(client) if not name.startswith("_")}

    assert verbs(kmmd.Client) - {"wait"} == verbs(kmmd.aio.Client)


def test_asyncio_client(daemon: Daemon, client: kmmd.Client) -> None:
    async def session() -> None:
        async with asynchronous(daemon) as connected:
            hello, names, status = await asyncio.gather(connected.hello(), connected.robots(), connected.status())
            assert hello["versions"] == [1] and names == ["unitree_g1"] and status["ready"]
            async with connected.subscribe(timeout=60) as stream:
                await stream.wait_until_connected(60)
                ack = await connected.say("wave with the right hand", duration_s=1, seed=1)
                frames = 0
                async for message in stream:
                    if isinstance(message, kmmd.Frame):
                        frames += message.command == ack.command
                    elif message.command == ack.command and message.name == "done":
                        break
                assert frames > 10
            assert (await connected.say("wave with the left hand", duration_s=1, wait=True)).command.startswith("c-")
            assert await connected.hold() >= 0
            assert await connected.resume() >= 0
            with pytest.raises(kmmd.KmmdError):
                await connected.request("dance")

    asyncio.run(session())


def test_a_hundred_requests_at_once(daemon: Daemon, client: kmmd.Client) -> None:
    async def session() -> list:
        async with asynchronous(daemon) as connected:
            return await asyncio.gather(*[connected.request("robot", robot="unitree_g1") for _ in range(100)])

    assert all(reply["robot"] == "unitree_g1" for reply in asyncio.run(session()))


def test_threads_share_a_client(daemon: Daemon, client: kmmd.Client) -> None:
    failures = []

    def ask() -> None:
        try:
            for _ in range(20):
                assert client.robots() == ["unitree_g1"]
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_wait_returns_when_it_is_done(client: kmmd.Client) -> None:
    ack = client.say("wave with the right hand", duration_s=1)
    client.wait(ack.command, timeout=60)
    ack = client.say("walk forward", duration_s=20)
    threading.Timer(1, client.cancel, [ack.command]).start()
    with pytest.raises(kmmd.CommandEnded) as ended:
        client.wait(ack.command, timeout=60)
    assert ended.value.state == "cancelled"


def test_nobody_there() -> None:
    (port,) = free_ports(1)
    with kmmd.Client(command=f"tcp://127.0.0.1:{port}", timeout=0.3) as client:
        with pytest.raises(kmmd.NoAnswer):
            client.hello()

    async def session() -> None:
        async with kmmd.aio.Client(command=f"tcp://127.0.0.1:{port}", timeout=0.3) as connected:
            with pytest.raises(kmmd.NoAnswer):
                await connected.hello()

    asyncio.run(session())


def test_a_lost_answer_is_asked_for_again_with_the_same_id() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.setsockopt(zmq.LINGER, 0)
        port = router.bind_to_random_port("tcp://127.0.0.1")
        ids = []

        def serve() -> None:
            while len(ids) < 2:
                peer, body = router.recv_multipart()
                ids.append(json.loads(body)["id"])
            router.send_multipart([peer, json.dumps({"id": ids[-1], "ok": True, "robots": []}).encode()])

        server = threading.Thread(target=serve)
        server.start()
        with kmmd.Client(command=f"tcp://127.0.0.1:{port}", timeout=30) as client:
            client._ATTEMPTS = 30  # A try a second.
            assert client.robots() == []
        server.join()
        assert ids[0] == ids[1]


def test_a_daemon_that_restarts_is_found_again() -> None:
    ports = free_ports(len(NAMES))
    flags = [
        flag for name, port in zip(NAMES, ports) for flag in (f"--endpoint-{name}", f"tcp://127.0.0.1:{port}")
    ]
    first = start(*flags)
    endpoints = {name: f"tcp://127.0.0.1:{port}" for name, port in zip(NAMES, ports) if name != "state"}
    with kmmd.Client(**endpoints, timeout=60) as client, client.subscribe(timeout=60) as stream:
        epoch = next(message for message in stream if isinstance(message, kmmd.Frame)).header["epoch"]
        assert client.status()["ready"]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(timeout=60)
        second = start(*flags)
        try:
            assert client.status()["ready"]
            deadline = time.monotonic() + 60
            while True:
                message = next(stream)
                if isinstance(message, kmmd.Frame) and message.header["epoch"] != epoch:
                    break
                assert time.monotonic() < deadline
            assert stream.restarts == 1
        finally:
            second.stop()
