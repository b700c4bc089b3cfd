"""Both clients against a real daemon, and one that goes and comes back."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable

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


class Restarted:
    """A daemon that is killed and started again on the same endpoints."""

    def __init__(self) -> None:
        self.endpoints = {name: f"tcp://127.0.0.1:{port}" for name, port in zip(NAMES, free_ports(len(NAMES)))}
        self.start()

    def start(self) -> None:
        flags = [flag for name, endpoint in self.endpoints.items() for flag in (f"--endpoint-{name}", endpoint)]
        self.daemon = start(*flags)

    def start_again(self) -> None:
        self.daemon.process.kill()
        self.daemon.process.wait(timeout=60)
        self.start()

    def __enter__(self) -> Daemon:
        return Daemon(self.daemon.process, self.endpoints, self.daemon.log, self.daemon.ready)

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()


STALL = 2.0
"""Longer than a socket waits before it connects again, seconds: what the first daemon left and what the second one says
wait to be read then."""


def test_a_daemon_that_restarts_is_found_again() -> None:
    restarted = Restarted()
    with restarted as daemon, daemon.client() as client, client.subscribe(timeout=60) as stream:
        epoch = next(message for message in stream if isinstance(message, kmmd.Frame)).header["epoch"]
        assert client.status()["ready"] and stream.restarts == 0
        restarted.start_again()
        assert client.status()["ready"]
        time.sleep(STALL)
        goes_on = frames_of_another(epoch)
        while not goes_on(next(stream)):
            pass
        assert stream.restarts == 1


def test_a_daemon_that_restarts_is_found_again_by_asyncio() -> None:
    async def session() -> None:
        restarted = Restarted()
        with restarted as daemon:
            async with asynchronous(daemon) as client, client.subscribe(timeout=60) as stream:
                async for message in stream:
                    if isinstance(message, kmmd.Frame):
                        break
                epoch = message.header["epoch"]
                assert (await client.status())["ready"] and stream.restarts == 0
                # Asked while nobody is there: answered by the daemon that comes.
                first = restarted.daemon.process
                starting = asyncio.get_running_loop().run_in_executor(None, restarted.start_again)
                while first.poll() is None:
                    await asyncio.sleep(0.01)
                statuses = await asyncio.gather(client.status(), client.status(), client.hold())
                assert all(status["epoch"] != epoch for status in statuses[:2])
                await starting
                await asyncio.sleep(STALL)
                goes_on = frames_of_another(epoch)
                async for message in stream:
                    if goes_on(message):
                        break
                assert stream.restarts == 1
                # Events go on too.
                await client.resume()
                command = (await client.say("wave with the right hand", duration_s=1)).command
                async for message in stream:
                    if isinstance(message, kmmd.Event) and message.command == command and message.name == "done":
                        break

    asyncio.run(session())


def frames_of_another(epoch: int) -> Callable[[kmmd.Frame | kmmd.Event], bool]:
    """Whether ten frames in a row came from another daemon than the one of that epoch."""
    row = 0
    deadline = time.monotonic() + 60

    def count(message: kmmd.Frame | kmmd.Event) -> bool:
        nonlocal row
        assert time.monotonic() < deadline
        if isinstance(message, kmmd.Frame):
            row = row + 1 if message.header["epoch"] != epoch else 0
        return row == 10

    return count
