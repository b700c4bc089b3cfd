"""The client: commands over a DEALER socket, frames and events over SUB sockets."""

from __future__ import annotations

import json
import threading
import time
from types import TracebackType
from typing import Any, Iterator, Mapping

import zmq

from . import requests
from .endpoints import endpoint
from .errors import CommandEnded, NoAnswer
from .keys import KeyFile, Keys
from .messages import Ack, Event, Frame
from .requests import Robots
from .sockets import Listener, configure, routing_id


class Client:
    """A connection to a daemon. Its methods may be called from any thread; requests take turns.

    Endpoints that are not given are those of KMMD_ENDPOINT_COMMAND and its like, else the usual ports of KMMD_HOST or of this
    host; `timeout` bounds the wait for an answer, in seconds, and `key` is a file of
    `kmmctl keys make` for a daemon that encrypts (KMMD_KEY names it too). A request that is not
    answered in a third of it is sent again, on a fresh connection and with the same id, which the daemon answers once: so a
    daemon that restarts in between is found again.
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
        self._context = zmq.Context()
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self._locks = {"command": threading.Lock(), "priority": threading.Lock()}

    # Commands

    def say(
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
        """Has a robot carry out a text; returns when the daemon has accepted it, or with `wait` when it is done.

        `policy` says what becomes of a text that is not understood: `strict` refuses it, `warn` does what it can, `any`
        gives it to the model as it is; without one the daemon's setting counts.

        Raises KmmdError when it is refused and, with `wait`, CommandEnded when it ends otherwise.
        """
        body = requests.motion(
            text=text, replace=replace, at=at, duration_s=duration_s, seed=seed, guidance=guidance,
            temperature=temperature, repeat=repeat, policy=policy,
        )
        return self._command("say", body, robot, deadline_ms, id, wait)

    def play(
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
        return self._command("play", body, robot, deadline_ms, id, wait)

    def wait(self, command: str, timeout: float | None = None) -> None:
        """Returns when a command is done; raises CommandEnded when it ends otherwise, NoAnswer after `timeout` seconds."""
        with self.subscribe(frames=False, timeout=timeout) as subscription:
            subscription.wait_until_connected(self.timeout)
            state = self._state(command)
            if state in requests.FINAL:
                return self._check(command, state, None)
            self._follow(command, subscription, timeout)

    def cancel(self, command: str) -> Mapping[str, Any]:
        """Gives a command up, by the daemon's name or by the `id` of its request."""
        return self.request("cancel", {"command": command})

    def hold(self, robot: Robots = None) -> int:
        """Comes to rest, keeps the plan; returns the frame with which it takes effect."""
        return int(self.request("hold", robot=robot)["frame"])

    def resume(self, robot: Robots = None) -> int:
        """Goes on after a hold."""
        return int(self.request("resume", robot=robot)["frame"])

    def stop(self, robot: Robots = None) -> int:
        """Clears the queue and goes to the stand pose."""
        return int(self.request("stop", robot=robot)["frame"])

    def halt(self, robot: Robots = None) -> int:
        """The shortest limited stop; only `reset` ends it. This is no emergency stop."""
        return int(self.request("halt", robot=robot)["frame"])

    def reset(self, robot: Robots = None) -> int:
        """Ends a halt."""
        return int(self.request("reset", robot=robot)["frame"])

    def status(self, robot: Robots = None, command: str | None = None) -> Mapping[str, Any]:
        """How the daemon and its robots are, or how one command is."""
        return self.request("status", requests.body(command=command) or None, robot=robot)

    def robots(self) -> list[str]:
        """The names of the robots."""
        return list(self.request("robots")["robots"])

    def robot(self, name: str | None = None) -> Mapping[str, Any]:
        """All that is static about a robot: `joint_names`, limits, rate, profile."""
        return self.request("robot", robot=name)

    def hello(self) -> Mapping[str, Any]:
        """Who the daemon is, and `clock_skew_ms`."""
        return self.request("hello")

    def reload(self) -> Mapping[str, Any]:
        """Has the daemon read its profiles and settings again."""
        return self.request("reload")

    def start_recording(self, name: str | None = None) -> str:
        """Begins a recording; returns its name."""
        return str(self.request("record", requests.body(action="start", name=name))["recording"])

    def caption(self, text: str, person: str | None = None) -> str:
        """Says in the recording what live people do from now on, empty for nothing of use; returns the recording's name."""
        return str(self.request("record", requests.body(action="caption", text=text, person=person))["recording"])

    def stop_recording(self) -> Mapping[str, Any]:
        """Ends the recording; says its name, length and what was lost."""
        return self.request("record", {"action": "stop"})

    def replay(self, recording: str, *, robot: str | None = None, dry_run: bool = False) -> Mapping[str, Any]:
        """Publishes a recording again, or with `dry_run` only says what would come of that."""
        return self.request("replay", requests.body(name=recording, dry_run=dry_run or None), robot=robot)

    def people(self) -> Mapping[str, Any]:
        """Who of the living is heard, and which robots follow: `people`, `refused`."""
        return self.request("people")

    def follow(
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
        return self.request("follow", body, robot=robot)

    def calibrate(self, person: str, pose: str | None = None, *, recentre: bool | None = None) -> Mapping[str, Any]:
        """Measures a live person who stands in a pose: `t`, `a`, `n`, or `auto` for size and floor alone."""
        return self.request("calibrate", requests.body(person=person, pose=pose, recentre=recentre))

    def request(
        self,
        verb: str,
        body: Mapping[str, Any] | None = None,
        *,
        robot: Robots = None,
        deadline_ms: int | None = None,
        id: str | None = None,
        socket: str | None = None,
    ) -> Mapping[str, Any]:
        """Sends any verb and returns the reply. Raises KmmdError or NoAnswer."""
        request = requests.envelope(verb, body, robot, deadline_ms, id)
        name = socket or ("priority" if verb in requests.PRIORITY else "command")
        return requests.result(self._exchange(name, requests.encoded(request), request["id"]))

    def _command(
        self, verb: str, body: Mapping[str, Any], robot: Robots, deadline_ms: int | None, id: str | None, wait: bool
    ) -> Ack:
        subscription = self.subscribe(frames=False) if wait else None
        try:
            if subscription is not None:
                subscription.wait_until_connected(self.timeout)
            reply = self.request(verb, body, robot=robot, deadline_ms=deadline_ms, id=id)
            if subscription is not None:
                self._follow(reply["command"], subscription, None)
        finally:
            if subscription is not None:
                subscription.close()
        return requests.ack(reply)

    def _exchange(self, name: str, body: bytes, id: str) -> Mapping[str, Any]:
        with self._locks[name]:
            for _ in range(self._ATTEMPTS):
                deadline = time.monotonic() + self.timeout / self._ATTEMPTS
                socket = self._socket(name)
                if socket.poll(self._left(deadline), zmq.POLLOUT):
                    socket.send(body, zmq.DONTWAIT)
                    while socket.poll(self._left(deadline)):
                        reply: Mapping[str, Any] = json.loads(socket.recv_multipart()[-1])
                        # An answer that came too late for its question is passed over.
                        if reply.get("id") in (id, None):
                            return reply
                # The connection may be dead without knowing it.
                self._sockets.pop(name).close(0)
        raise NoAnswer(f"no answer from {self._endpoints[name]} within {self.timeout} s")

    def _socket(self, name: str) -> zmq.Socket[bytes]:
        socket = self._sockets.get(name)
        if socket is None:
            socket = self._context.socket(zmq.DEALER)
            configure(socket, self._keys, self._name)
            # A command is never left in a queue to be carried out late.
            socket.setsockopt(zmq.IMMEDIATE, 1)
            socket.connect(self._endpoints[name])
            self._sockets[name] = socket
        return socket

    @staticmethod
    def _left(deadline: float) -> int:
        return max(0, int(1000 * (deadline - time.monotonic())))

    def _state(self, command: str) -> str | None:
        for robot in self.status()["robots"]:
            for entry in robot.get("queue", []):
                if entry["command"] == command:
                    return str(entry["state"])
        # No longer among the unfinished ones, or never was: the daemon may still know it.
        return str(self.status(command=command).get("state", "")) or None

    def _follow(self, command: str, subscription: Subscription, timeout: float | None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        for event in subscription:
            if isinstance(event, Event) and event.command == command and event.is_end:
                return self._check(command, event.data["state"], event.data.get("reason"))
            if deadline is not None and time.monotonic() > deadline:
                raise NoAnswer(f"{command} did not end within {timeout} s")

    @staticmethod
    def _check(command: str, state: str, reason: str | None) -> None:
        if state != "done":
            raise CommandEnded(command, state, reason)

    # Frames and events

    def subscribe(
        self, *, frames: bool = True, events: bool = True, robot: str | None = None, timeout: float | None = None
    ) -> Subscription:
        """Begins to listen. Iterate over what comes; `timeout` bounds each wait (NoAnswer), None waits for ever."""
        return Subscription(
            self._context, self._endpoints["stream"] if frames else None, self._endpoints["events"] if events else None,
            robot, timeout, self._keys,
        )

    def close(self) -> None:
        """Closes all sockets; subscriptions have to be closed before."""
        for name, lock in self._locks.items():
            with lock:
                socket = self._sockets.pop(name, None)
                if socket is not None:
                    socket.close(0)
        self._context.term()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Subscription(Listener["zmq.Socket[bytes]"]):
    """Yields frames and events as they come. Close it, or use it in a `with` block. For one thread.

    A daemon that goes and comes back is found again: `restarts` counts that, and `seq` and `frame` begin anew then.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        stream: str | None,
        events: str | None,
        robot: str | None,
        timeout: float | None,
        keys: Keys | None = None,
    ) -> None:
        self._poller = zmq.Poller()
        super().__init__(context, self._poller, stream, events, robot, timeout, keys)

    def wait_until_connected(self, timeout: float) -> None:
        """Returns when the daemon knows of the subscription to events: from then on none is missed."""
        # Subscriptions arrive in order, and the retained profiles answer the last one.
        if self._events is None or not self._events.poll(int(1000 * timeout)):
            raise NoAnswer(f"no event within {timeout} s")

    def __iter__(self) -> Iterator[Frame | Event]:
        return self

    def __next__(self) -> Frame | Event:
        wait = None if self.timeout is None else int(1000 * self.timeout)
        ready = dict(self._poller.poll(wait))
        if not ready:
            raise NoAnswer(f"nothing came within {self.timeout} s")
        if self._events is not None and self._events in ready:
            return self._event(*self._events.recv_multipart())
        assert self._stream is not None
        frame = self._frame(self._stream.recv())
        while self._is_old and self._stream.poll(self._REFILL):
            frame = self._frame(self._stream.recv())
        return frame

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
