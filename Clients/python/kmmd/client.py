"""The client: commands over a DEALER socket, frames and events over SUB sockets."""

from __future__ import annotations

import json
import threading
import time
import uuid
from types import TracebackType
from typing import Any, Iterator, Mapping

import zmq

from . import container
from .errors import CommandEnded, KmmdError, NoAnswer
from .messages import Ack, Event, Frame

_FINAL = {"done", "cancelled", "preempted", "failed", "expired", "interrupted"}


class Client:
    """A connection to a daemon. Its methods may be called from any thread, one at a time each.

    All arguments have the daemon's own defaults; `timeout` bounds the wait for an answer, in seconds.
    """

    def __init__(
        self,
        command: str = "tcp://127.0.0.1:5771",
        priority: str = "tcp://127.0.0.1:5772",
        events: str = "tcp://127.0.0.1:5773",
        stream: str = "tcp://127.0.0.1:5774",
        timeout: float = 3.0,
    ) -> None:
        self.timeout = timeout
        self._endpoints = {"command": command, "priority": priority, "events": events, "stream": stream}
        self._context = zmq.Context()
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self._lock = threading.Lock()

    # Commands

    def say(
        self,
        text: str,
        *,
        robot: str | None = None,
        replace: bool = False,
        duration_s: float | None = None,
        seed: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        repeat: int | None = None,
        deadline_ms: int | None = None,
        id: str | None = None,
        wait: bool = False,
    ) -> Ack:
        """Has a robot carry out a text; returns when the daemon has accepted it, or with `wait` when it is done.

        Raises KmmdError when it is refused and, with `wait`, CommandEnded when it ends otherwise.
        """
        body = {
            "text": text, "mode": "replace" if replace else None, "duration_s": duration_s, "seed": seed,
            "guidance": guidance, "temperature": temperature, "repeat": repeat,
        }
        body = {key: value for key, value in body.items() if value is not None}
        subscription = self.subscribe(frames=False) if wait else None
        try:
            if subscription is not None:
                subscription.wait_until_connected(self.timeout)
            reply = self.request("say", body, robot=robot, deadline_ms=deadline_ms, id=id)
            if subscription is not None:
                self._follow(reply["command"], subscription)
        finally:
            if subscription is not None:
                subscription.close()
        return Ack(
            reply["command"], reply["robot"], reply["state"], reply["position"], reply["segments"],
            reply.get("warnings", []),
        )

    def cancel(self, command: str) -> Mapping[str, Any]:
        """Gives a command up, by the daemon's name or by the `id` of its request."""
        return self.request("cancel", {"command": command})

    def hold(self, robot: str | None = None) -> int:
        """Comes to rest, keeps the plan; returns the frame with which it takes effect."""
        return int(self.request("hold", robot=robot, socket="priority")["frame"])

    def resume(self, robot: str | None = None) -> int:
        """Goes on after a hold."""
        return int(self.request("resume", robot=robot)["frame"])

    def stop(self, robot: str | None = None) -> int:
        """Clears the queue and goes to the stand pose."""
        return int(self.request("stop", robot=robot, socket="priority")["frame"])

    def halt(self, robot: str | None = None) -> int:
        """The shortest limited stop; only `reset` ends it. This is no emergency stop."""
        return int(self.request("halt", robot=robot, socket="priority")["frame"])

    def reset(self, robot: str | None = None) -> int:
        """Ends a halt."""
        return int(self.request("reset", robot=robot, socket="priority")["frame"])

    def status(self, robot: str | None = None) -> Mapping[str, Any]:
        """How the daemon and its robots are."""
        return self.request("status", robot=robot)

    def robots(self) -> list[str]:
        """The names of the robots."""
        return list(self.request("robots")["robots"])

    def robot(self, name: str | None = None) -> Mapping[str, Any]:
        """All that is static about a robot: `joint_names`, limits, rate, profile."""
        return self.request("robot", robot=name)

    def hello(self) -> Mapping[str, Any]:
        """Who the daemon is, and `clock_skew_ms`."""
        return self.request("hello")

    def request(
        self,
        verb: str,
        body: Mapping[str, Any] | None = None,
        *,
        robot: str | None = None,
        deadline_ms: int | None = None,
        id: str | None = None,
        socket: str = "command",
    ) -> Mapping[str, Any]:
        """Sends any verb and returns the reply. Raises KmmdError or NoAnswer."""
        envelope: dict[str, Any] = {"v": 1, "id": id or uuid.uuid4().hex, "type": verb, "sent_ns": time.time_ns()}
        for key, value in (("robot", robot), ("deadline_ms", deadline_ms), ("body", body)):
            if value is not None:
                envelope[key] = value
        reply = self._exchange(socket, json.dumps(envelope).encode(), envelope["id"])
        if not reply.get("ok"):
            error = reply.get("error", {})
            raise KmmdError(
                error.get("code", "internal"), error.get("message", ""), error.get("field"),
                bool(error.get("retryable")),
            )
        return reply

    def _exchange(self, name: str, body: bytes, id: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + self.timeout
        with self._lock:
            socket = self._sockets.get(name)
            if socket is None:
                socket = self._context.socket(zmq.DEALER)
                socket.setsockopt(zmq.LINGER, 0)
                # A command is never left in a queue to be carried out late.
                socket.setsockopt(zmq.IMMEDIATE, 1)
                socket.connect(self._endpoints[name])
                self._sockets[name] = socket
            no_answer = NoAnswer(f"no answer from {self._endpoints[name]} within {self.timeout} s")
            if not socket.poll(self._left(deadline), zmq.POLLOUT):
                raise no_answer
            socket.send(body, zmq.DONTWAIT)
            while socket.poll(self._left(deadline)):
                reply: Mapping[str, Any] = json.loads(socket.recv_multipart()[-1])
                # An answer that came too late for its question is passed over.
                if reply.get("id") in (id, None):
                    return reply
            raise no_answer

    @staticmethod
    def _left(deadline: float) -> int:
        return max(0, int(1000 * (deadline - time.monotonic())))

    def _follow(self, command: str, subscription: Subscription) -> None:
        for event in subscription:
            if isinstance(event, Event) and event.command == command and event.data.get("state") in _FINAL:
                if event.data["state"] != "done":
                    raise CommandEnded(command, event.data["state"], event.data.get("reason"))
                return

    # Frames and events

    def subscribe(
        self, *, frames: bool = True, events: bool = True, robot: str | None = None, timeout: float | None = None
    ) -> Subscription:
        """Begins to listen. Iterate over what comes; `timeout` bounds each wait (NoAnswer), None waits for ever."""
        return Subscription(
            self._context, self._endpoints["stream"] if frames else None, self._endpoints["events"] if events else None,
            robot, timeout,
        )

    def close(self) -> None:
        """Closes all sockets; subscriptions have to be closed before."""
        with self._lock:
            for socket in self._sockets.values():
                socket.close(0)
            self._sockets.clear()
        self._context.term()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Subscription:
    """Yields frames and events as they come. Close it, or use it in a `with` block. For one thread."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        stream: str | None,
        events: str | None,
        robot: str | None,
        timeout: float | None,
    ) -> None:
        self.timeout = timeout
        self._poller = zmq.Poller()
        self._stream: zmq.Socket[bytes] | None = None
        self._events: zmq.Socket[bytes] | None = None
        if stream is not None:
            self._stream = self._socket(context, stream, [f"reference.{robot}." if robot else "reference."])
            # A subscriber that stalls shall not read old references afterwards.
            self._stream.setsockopt(zmq.RCVHWM, 5)
        if events is not None:
            self._events = self._socket(context, events, ["event.", "robot.", "profile."])

    def _socket(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, topics: list[str]) -> zmq.Socket[bytes]:
        socket = context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        for topic in topics:
            socket.setsockopt_string(zmq.SUBSCRIBE, topic)
        socket.connect(endpoint)
        self._poller.register(socket, zmq.POLLIN)
        return socket

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
            topic, body = self._events.recv_multipart()
            return Event(topic.decode(), json.loads(body))
        assert self._stream is not None
        return Frame.of(container.decode(self._stream.recv()))

    def close(self) -> None:
        """Ends the subscription."""
        for socket in (self._stream, self._events):
            if socket is not None:
                socket.close(0)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
