"""The sockets of both clients: how they are set up, and what their subscriptions have in common."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Generic, TypeVar

import zmq

from . import container
from .keys import Keys
from .messages import Event, Frame

Socket = TypeVar("Socket", bound="zmq.Socket[Any]")


class Listener(Generic[Socket]):
    """The sockets of a subscription, and the daemons that were heard over them."""

    # A frame that was on its way for so much longer than others, nanoseconds, is passed over when another one waits: what a
    # subscriber that stalled finds in its queue is what was published when it began to.
    _OLD = 100_000_000
    # Milliseconds in which a queue that was emptied is filled with what waited behind it.
    _REFILL = 5

    def __init__(
        self,
        context: zmq.Context[Socket],
        poller: zmq.Poller,
        stream: str | None,
        events: str | None,
        robot: str | None,
        timeout: float | None,
        keys: Keys | None,
    ) -> None:
        self.timeout = timeout
        self._keys = keys
        # What the last daemon left in a queue may be read after the first words of the next.
        self._epochs: set[int] = set()
        self._least_delay = 1 << 63
        self._is_old = False
        self._stream: Socket | None = None
        self._events: Socket | None = None
        if stream is not None:
            # A subscriber that stalls shall not read old references afterwards.
            self._stream = self._socket(context, stream, [f"reference.{robot}." if robot else "reference."], 5)
            poller.register(self._stream, zmq.POLLIN)
        if events is not None:
            self._events = self._socket(context, events, ["event.", "robot.", "profile.", "person."], 1000)
            poller.register(self._events, zmq.POLLIN)

    def _socket(self, context: zmq.Context[Socket], endpoint: str, topics: list[str], limit: int) -> Socket:
        socket = context.socket(zmq.SUB)
        configure(socket, self._keys)
        socket.setsockopt(zmq.RCVHWM, limit)
        if limit < 100:
            # The system would keep seconds of a stream besides.
            socket.setsockopt(zmq.RCVBUF, 16384)
        for topic in topics:
            socket.setsockopt_string(zmq.SUBSCRIBE, topic)
        socket.connect(endpoint)
        return socket

    @property
    def restarts(self) -> int:
        """How often another daemon took the place of the one that was heard."""
        return max(0, len(self._epochs) - 1)

    def _event(self, topic: bytes, body: bytes) -> Event:
        event = Event(topic.decode(), json.loads(body))
        if "epoch" in event.data:
            self._epochs.add(event.data["epoch"])
        return event

    def _frame(self, data: bytes) -> Frame:
        frame = Frame.of(container.decode(data))
        self._epochs.add(frame.header["epoch"])
        delay = time.time_ns() - frame.header["t_wall_ns"]
        # The shortest way counts as none: the clocks may differ.
        self._least_delay = min(self._least_delay, delay)
        self._is_old = delay - self._least_delay > self._OLD
        return frame

    def close(self) -> None:
        """Ends the subscription."""
        for socket in (self._stream, self._events):
            if socket is not None:
                socket.close(0)


def routing_id() -> bytes:
    """A name for a client: the daemon knows it by that on every connection, and with it the ids of its requests."""
    return b"py-" + uuid.uuid4().bytes


def configure(socket: zmq.Socket[Any], keys: Keys | None, name: bytes | None = None) -> None:
    """What all sockets have in common: a peer that vanished is looked for again and again.

    Heartbeats are for sockets that ask only: with a short receive queue libzmq 4.3 can fail an assertion over them.
    """
    if keys is not None:
        keys.apply(socket)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, 100)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
    if name is not None:
        socket.setsockopt(zmq.ROUTING_ID, name)
    if socket.type == zmq.DEALER:
        socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)
