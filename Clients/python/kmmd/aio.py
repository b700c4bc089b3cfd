"""The client for asyncio: as `kmmd.Client`, and many requests may wait for their answers at once.

    async with kmmd.aio.Client() as client:
        ack = await client.say("walk forward")
        async with client.subscribe() as stream:
            async for message in stream:
                ...
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, AsyncIterator, Mapping

import zmq
import zmq.asyncio

from . import requests
from .endpoints import endpoint
from .errors import CommandEnded, NoAnswer
from .keys import KeyFile, Keys
from .messages import Ack, Event, Frame
from .requests import Robots
from .sockets import Listener, configure, routing_id


class Client:
    """A connection to a daemon, for one event loop; `timeout` bounds the wait for each answer, in seconds; `key` is a file
    of `kmmctl keys make` for a daemon that encrypts.

    A request that is not answered in a third of it is sent again, on a fresh connection and with the same id.
    """

    _ATTEMPTS = 3

    def __init__(
        self,
        command: str | None = None,
        priority: str | None = None,
        events: str | None = None,
        stream: str | None = None,
        timeout: float = 3.0,
        key: KeyFile = None,
    ) -> None:
        self.timeout = timeout
        self._keys = Keys.load(key)
        self._name = routing_id()
        given = {"command": command, "priority": priority, "events": events, "stream": stream}
        self._endpoints = {name: endpoint(name, address) for name, address in given.items()}
        self._context = zmq.asyncio.Context()
        self._links: dict[str, _Link] = {}

    # Commands; what they do is said at `kmmd.Client`.

    async def say(
        self,
        text: str,
        *,
        robot: Robots = None,
        replace: bool = False,
        at: str | None = None,
        duration_s: float | None = None,
        seed: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        repeat: int | None = None,
        policy: str | None = None,
        deadline_ms: int | None = None,
        id: str | None = None,
        wait: bool = False,
    ) -> Ack:
        """Has a robot carry out a text; returns when the daemon has accepted it, or with `wait` when it is done."""
        body = requests.motion(
            text=text, replace=replace, at=at, duration_s=duration_s, seed=seed, guidance=guidance,
            temperature=temperature, repeat=repeat, policy=policy,
        )
        return await self._command("say", body, robot, deadline_ms, id, wait)

    async def play(
        self,
        file: str,
        *,
        robot: Robots = None,
        replace: bool = False,
        at: str | None = None,
        repeat: int | None = None,
        deadline_ms: int | None = None,
        id: str | None = None,
        wait: bool = False,
    ) -> Ack:
        """Has a robot carry out a motion file of the daemon; otherwise as `say`."""
        body = requests.motion(
            file=file, replace=replace, at=at, repeat=repeat, duration_s=None, seed=None, guidance=None,
            temperature=None,
        )
        return await self._command("play", body, robot, deadline_ms, id, wait)

    async def cancel(self, command: str) -> Mapping[str, Any]:
        """Gives a command up."""
        return await self.request("cancel", {"command": command})

    async def hold(self, robot: Robots = None) -> int:
        """Comes to rest, keeps the plan; returns the frame with which it takes effect."""
        return int((await self.request("hold", robot=robot))["frame"])

    async def resume(self, robot: Robots = None) -> int:
        """Goes on after a hold."""
        return int((await self.request("resume", robot=robot))["frame"])

    async def stop(self, robot: Robots = None) -> int:
        """Clears the queue and goes to the stand pose."""
        return int((await self.request("stop", robot=robot))["frame"])

    async def halt(self, robot: Robots = None) -> int:
        """The shortest limited stop; only `reset` ends it. This is no emergency stop."""
        return int((await self.request("halt", robot=robot))["frame"])

    async def reset(self, robot: Robots = None) -> int:
        """Ends a halt."""
        return int((await self.request("reset", robot=robot))["frame"])

    async def status(self, robot: Robots = None, command: str | None = None) -> Mapping[str, Any]:
        """How the daemon and its robots are, or how one command is."""
        return await self.request("status", requests.body(command=command) or None, robot=robot)

    async def robots(self) -> list[str]:
        """The names of the robots."""
        return list((await self.request("robots"))["robots"])

    async def robot(self, name: str | None = None) -> Mapping[str, Any]:
        """All that is static about a robot."""
        return await self.request("robot", robot=name)

    async def hello(self) -> Mapping[str, Any]:
        """Who the daemon is, and `clock_skew_ms`."""
        return await self.request("hello")

    async def reload(self) -> Mapping[str, Any]:
        """Has the daemon read its profiles and settings again."""
        return await self.request("reload")

    async def start_recording(self, name: str | None = None) -> str:
        """Begins a recording; returns its name."""
        return str((await self.request("record", requests.body(action="start", name=name)))["recording"])

    async def caption(self, text: str, person: str | None = None) -> str:
        """Says in the recording what live people do from now on."""
        return str((await self.request("record", requests.body(action="caption", text=text, person=person)))["recording"])

    async def stop_recording(self) -> Mapping[str, Any]:
        """Ends the recording."""
        return await self.request("record", {"action": "stop"})

    async def replay(self, recording: str, *, robot: str | None = None, dry_run: bool = False) -> Mapping[str, Any]:
        """Publishes a recording again, or with `dry_run` only says what would come of that."""
        return await self.request("replay", requests.body(name=recording, dry_run=dry_run or None), robot=robot)

    async def people(self) -> Mapping[str, Any]:
        """Who of the living is heard, and which robots follow: `people`, `refused`."""
        return await self.request("people")

    async def follow(
        self,
        person: str,
        *,
        robot: Robots = None,
        part: str | None = None,
        delay_ms: float | None = None,
        mirror: bool | None = None,
        scale: float | None = None,
        far: str | None = None,
        at: str | None = None,
        deadman: bool | None = None,
    ) -> Mapping[str, Any]:
        """Has a robot follow a live person: all of the `body`, the `upper` part or the `arms`."""
        body = requests.body(
            person=person, part=part, delay_ms=delay_ms, mirror=mirror, scale=scale, far=far, at=at,
            deadman=deadman,
        )
        return await self.request("follow", body, robot=robot)

    async def calibrate(self, person: str, pose: str | None = None, *, recentre: bool | None = None) -> Mapping[str, Any]:
        """Measures a live person who stands in a pose: `t`, `a`, `n`, or `auto` for size and floor alone."""
        return await self.request("calibrate", requests.body(person=person, pose=pose, recentre=recentre))

    async def request(
        self,
        verb: str,
        body: Mapping[str, Any] | None = None,
        *,
        robot: Robots = None,
        deadline_ms: int | None = None,
        id: str | None = None,
    ) -> Mapping[str, Any]:
        """Sends any verb and returns the reply. Raises KmmdError or NoAnswer."""
        request = requests.envelope(verb, body, robot, deadline_ms, id)
        name = "priority" if verb in requests.PRIORITY else "command"
        for _ in range(self._ATTEMPTS):
            link = self._links.get(name)
            if link is None:
                link = self._links[name] = _Link(self._context, self._endpoints[name], self._keys, self._name)
            try:
                reply = await asyncio.wait_for(
                    link.exchange(requests.encoded(request), request["id"]), self.timeout / self._ATTEMPTS)
                return requests.result(reply)
            except asyncio.TimeoutError:
                # The connection may be dead without knowing it; others that wait on it try again too.
                if self._links.get(name) is link:
                    del self._links[name]
                link.close()
        raise NoAnswer(f"no answer from {self._endpoints[name]} within {self.timeout} s")

    async def _command(
        self, verb: str, body: Mapping[str, Any], robot: Robots, deadline_ms: int | None, id: str | None, wait: bool
    ) -> Ack:
        if not wait:
            return requests.ack(await self.request(verb, body, robot=robot, deadline_ms=deadline_ms, id=id))
        async with self.subscribe(frames=False) as subscription:
            await subscription.wait_until_connected(self.timeout)
            reply = await self.request(verb, body, robot=robot, deadline_ms=deadline_ms, id=id)
            async for event in subscription:
                if not isinstance(event, Event) or event.command != reply["command"]:
                    continue
                state = event.data.get("state")
                if state in requests.FINAL and state != "done":
                    raise CommandEnded(reply["command"], state, event.data.get("reason"))
                if state == "done":
                    break
        return requests.ack(reply)

    def subscribe(
        self, *, frames: bool = True, events: bool = True, robot: str | None = None, timeout: float | None = None
    ) -> Subscription:
        """Begins to listen; `timeout` bounds each wait (NoAnswer), None waits for ever."""
        return Subscription(
            self._context, self._endpoints["stream"] if frames else None, self._endpoints["events"] if events else None,
            robot, timeout, self._keys,
        )

    async def close(self) -> None:
        """Closes all sockets; requests that wait end with NoAnswer."""
        for link in self._links.values():
            link.close()
        self._links.clear()
        self._context.destroy(0)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Link:
    """A DEALER socket and those who wait for its answers."""

    def __init__(self, context: zmq.asyncio.Context, endpoint: str, keys: Keys | None, name: bytes) -> None:
        self._socket = context.socket(zmq.DEALER)
        configure(self._socket, keys, name)
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.connect(endpoint)
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def exchange(self, body: bytes, id: str) -> Mapping[str, Any]:
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        try:
            await self._socket.send(body)
            return await answer
        finally:
            self._waiting.pop(id, None)

    async def _read(self) -> None:
        while True:
            reply = json.loads((await self._socket.recv_multipart())[-1])
            answer = self._waiting.get(reply.get("id"))
            if answer is not None and not answer.done():
                answer.set_result(reply)

    def close(self) -> None:
        self._reading.cancel()
        self._socket.close(0)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(asyncio.TimeoutError())


class Subscription(Listener["zmq.asyncio.Socket"]):
    """Yields frames and events as they come. Use it in an `async with` block.

    A daemon that goes and comes back is found again: `restarts` counts that, and `seq` and `frame` begin anew then.
    """

    def __init__(
        self,
        context: zmq.asyncio.Context,
        stream: str | None,
        events: str | None,
        robot: str | None,
        timeout: float | None,
        keys: Keys | None = None,
    ) -> None:
        self._poller = zmq.asyncio.Poller()
        super().__init__(context, self._poller, stream, events, robot, timeout, keys)

    async def wait_until_connected(self, timeout: float) -> None:
        """Returns when the daemon knows of the subscription to events: from then on none is missed."""
        if self._events is None or not await self._events.poll(int(1000 * timeout)):
            raise NoAnswer(f"no event within {timeout} s")

    def __aiter__(self) -> AsyncIterator[Frame | Event]:
        return self

    async def __anext__(self) -> Frame | Event:
        ready = dict(await self._poller.poll(None if self.timeout is None else int(1000 * self.timeout)))
        if not ready:
            raise NoAnswer(f"nothing came within {self.timeout} s")
        if self._events is not None and self._events in ready:
            return self._event(*await self._events.recv_multipart())
        assert self._stream is not None
        frame = self._frame(await self._stream.recv())
        while self._is_old and await self._stream.poll(self._REFILL):
            frame = self._frame(await self._stream.recv())
        return frame

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
