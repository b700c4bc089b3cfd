"""A server of the Model Context Protocol on standard input and output, so that a language model can command a robot.

    python3 -m kmmd.mcp                  # may look and stop
    python3 -m kmmd.mcp --may-move       # may also have the robot move, each time after `confirm`

What it may is bounded twice: by the role of its key (KMMD_KEY), which the daemon checks, and by --may-move. `say` only remembers
the text and gives a code; `confirm` with that code within a minute carries it out, so that whoever runs the model sees both calls.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from typing import IO, Any, Callable

from .client import Client
from .errors import KmmdError, NoAnswer

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
PATIENCE_S = 60.0


def schema(**members: str) -> dict[str, Any]:
    """JSON Schema of an object whose members are all needed texts."""
    return {
        "type": "object", "required": list(members),
        "properties": {name: {"type": "string", "description": text} for name, text in members.items()},
    }


class Server:
    """Answers requests; knows what was said and not yet confirmed."""

    def __init__(self, client: Client, may_move: bool, http: str) -> None:
        self.client, self.http = client, http
        self.waiting: dict[str, tuple[str, float]] = {}
        self.tools: dict[str, tuple[str, dict[str, Any], Callable[..., Any]]] = {
            "status": ("How the robots are, and what is queued.", schema(), lambda: dict(client.status())),
            "actions": ("The sentences that the robot can carry out.", schema(), self.actions),
            "hold": ("Have the robot come to rest and keep its plan. No emergency stop.", schema(), lambda: {"frame": client.hold()}),
            "stop": ("Clear the queue and have the robot stand. No emergency stop.", schema(), lambda: {"frame": client.stop()}),
            "halt": ("Stop the robot at once, until a person resets it. No emergency stop.", schema(), lambda: {"frame": client.halt()}),
        }
        if may_move:
            self.tools["say"] = (
                "Prepare a motion, as one of `actions` or several joined by `then`. Nothing moves before `confirm`.",
                schema(text="what the robot shall do"), self.say)
            self.tools["confirm"] = (
                "Have the robot carry out what was prepared. Ask the person in charge first.",
                schema(code="the code that `say` gave"), self.confirm)

    def actions(self) -> Any:
        with urllib.request.urlopen(f"{self.http}/actions.json", timeout=5) as answer:
            actions = json.load(answer)["actions"]
        if not actions:
            raise ValueError("the daemon still loads its models; ask again in a few seconds")
        return actions

    def say(self, text: str) -> Any:
        code = secrets.token_hex(3)
        self.waiting = {code: (text, time.monotonic())}
        return {"prepared": text, "code": code, "note": "call confirm with this code within a minute"}

    def confirm(self, code: str) -> Any:
        text, at = self.waiting.pop(code, (None, 0.0))
        if text is None or time.monotonic() - at > PATIENCE_S:
            raise ValueError("nothing is prepared under this code, or it is older than a minute; call say again")
        ack = self.client.say(text)
        return {"command": ack.command, "state": ack.state, "segments": ack.segments, "warnings": ack.warnings}

    def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The result of a tool; what goes wrong is told to the model, as the protocol wants it."""
        try:
            if name not in self.tools:
                raise ValueError(f"there is no tool {name}")
            expected = self.tools[name][1]["required"]
            if sorted(arguments) != sorted(expected) or not all(isinstance(value, str) for value in arguments.values()):
                raise ValueError(f"{name} takes {', '.join(expected) or 'nothing'}, as text")
            text, failed = json.dumps(self.tools[name][2](**arguments)), False
        except (KmmdError, NoAnswer, ValueError, urllib.error.URLError) as error:
            text, failed = str(error), True
        return {"content": [{"type": "text", "text": text}], "isError": failed}

    def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The reply to a request; None to a notification."""
        if "id" not in request:
            return None
        method, parameters = request.get("method"), request.get("params") or {}
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if method == "initialize":
            asked = parameters.get("protocolVersion")
            return {**reply, "result": {
                "protocolVersion": asked if asked in VERSIONS else VERSIONS[0], "capabilities": {"tools": {}},
                "serverInfo": {"name": "kmmd", "version": "0.1.0"}}}
        if method == "ping":
            return {**reply, "result": {}}
        if method == "tools/list":
            return {**reply, "result": {"tools": [
                {"name": name, "description": about, "inputSchema": takes} for name, (about, takes, _) in self.tools.items()]}}
        if method == "tools/call":
            return {**reply, "result": self.call(str(parameters.get("name")), parameters.get("arguments") or {})}
        return {**reply, "error": {"code": -32601, "message": f"{method} is not served"}}


def serve(server: Server, source: IO[str], sink: IO[str]) -> None:
    """Reads a request a line, until there are no more."""
    for line in source:
        try:
            request = json.loads(line)
            reply = server.answer(request) if isinstance(request, dict) else None
        except ValueError:
            reply = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "this is no JSON"}}
        if reply is not None:
            print(json.dumps(reply), file=sink, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m kmmd.mcp", description="Serve kmmd to a language model (MCP, stdio).")
    parser.add_argument("--may-move", action="store_true", help="offer say and confirm; without it only looking and stopping")
    parser.add_argument("--http", default=os.environ.get("KMMD_HTTP", "http://127.0.0.1:5780"), help="the daemon's dashboard")
    options = parser.parse_args()
    with Client() as client:
        serve(Server(client, options.may_move, options.http.rstrip("/")), sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
