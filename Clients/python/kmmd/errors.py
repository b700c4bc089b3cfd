"""What can go wrong when talking to the daemon."""

from __future__ import annotations

from typing import Sequence


class KmmdError(Exception):
    """The daemon refused a request."""

    def __init__(
        self, code: str, message: str, field: str | None = None, retryable: bool = False, reason: str | None = None,
        nearest: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        """What kind of mistake it is; stable, for programs."""
        self.message = message
        """What was wrong and what would be right, for a person."""
        self.field = field
        """The offending field, such as `body.text`."""
        self.retryable = retryable
        """Whether the same request may succeed later."""
        self.reason = reason
        """Of a text that is not understood: why, such as `unlike` or `place`."""
        self.nearest = list(nearest)
        """Of a text that is not understood: the nearest ones that can be done."""


class NoAnswer(TimeoutError):
    """Nobody answered in time: the daemon is not there, or hangs."""


class CommandEnded(Exception):
    """A command that was waited for ended without being done."""

    def __init__(self, command: str, state: str, reason: str | None = None) -> None:
        super().__init__(f"{command} {state}" + (f": {reason}" if reason else ""))
        self.command = command
        self.state = state
        self.reason = reason
