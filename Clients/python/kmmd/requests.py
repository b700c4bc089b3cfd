"""How requests are written and replies are read, the same for both clients."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Mapping, Sequence, Union

from .errors import KmmdError
from .messages import FINAL, Ack

Robots = Union[str, Sequence[str], None]
"""The name of a robot, those of several that shall do the same in step, or None for the daemon's default one."""

PRIORITY = {"hold", "stop", "halt", "reset"}
"""Verbs with a socket of their own, that no flood of other requests delays."""


def envelope(
    verb: str, body: Mapping[str, Any] | None, robot: Robots, deadline_ms: int | None, id: str | None
) -> dict[str, Any]:
    """A request as the daemon reads it."""
    request: dict[str, Any] = {"v": 1, "id": id or uuid.uuid4().hex, "type": verb, "sent_ns": time.time_ns()}
    if robot is not None and not isinstance(robot, str):
        robot = list(robot)
    for key, value in (("robot", robot), ("deadline_ms", deadline_ms), ("body", body)):
        if value is not None:
            request[key] = value
    return request


def body(**members: Any) -> dict[str, Any]:
    """The members that are not None."""
    return {key: value for key, value in members.items() if value is not None}


def motion(
    *, replace: bool, at: str | None, duration_s: float | None, seed: int | None, guidance: float | None,
    temperature: float | None, repeat: int | None, text: str | None = None, file: str | None = None,
    policy: str | None = None,
) -> dict[str, Any]:
    """The body of `say` and `play`."""
    return body(
        text=text, file=file, mode="replace" if replace else None, at=at, duration_s=duration_s, seed=seed,
        guidance=guidance, temperature=temperature, repeat=repeat, policy=policy,
    )


def result(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reply, if the daemon agreed. Raises KmmdError."""
    if reply.get("ok"):
        return reply
    error = reply.get("error", {})
    raise KmmdError(
        error.get("code", "internal"), error.get("message", ""), error.get("field"), bool(error.get("retryable")),
        error.get("reason"), error.get("nearest", ()))


def ack(reply: Mapping[str, Any]) -> Ack:
    """The acknowledgement of `say` and `play`."""
    return Ack(
        reply["command"], reply.get("robot", ""), reply["state"], reply.get("position", 0), reply.get("segments", []),
        reply.get("warnings", []), reply.get("verb"),
    )


def encoded(request: Mapping[str, Any]) -> bytes:
    """The bytes of a request."""
    return json.dumps(request).encode()
