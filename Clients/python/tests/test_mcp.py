"""The server for language models, spoken to over its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import NAMES, ROOT, Daemon, start


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    daemon = start(scheme="tcp")
    yield daemon
    daemon.stop()


def converse(daemon: Daemon, *requests: Any, may_move: bool = True) -> list[Any]:
    environment = {f"KMMD_ENDPOINT_{name.upper()}": daemon.endpoints[name] for name in NAMES}
    lines = [request if isinstance(request, str) else json.dumps({"jsonrpc": "2.0", **request}) for request in requests]
    done = subprocess.run(
        [sys.executable, "-m", "kmmd.mcp", *(["--may-move"] if may_move else [])], input="\n".join(lines) + "\n",
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT / "Clients/python")}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def call(number: int, tool: str, **arguments: Any) -> dict[str, Any]:
    return {"id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def test_it_introduces_itself_and_refuses_nonsense(daemon: Daemon) -> None:
    hello, tools, unknown, broken = converse(
        daemon, {"id": 1, "method": "initialize", "params": {"protocolVersion": "2024-11-05"}},
        {"method": "notifications/initialized"}, {"id": 2, "method": "tools/list"}, {"id": 3, "method": "quux"}, "no json")
    assert hello["result"]["protocolVersion"] == "2024-11-05" and hello["result"]["serverInfo"]["name"] == "kmmd"
    assert {tool["name"] for tool in tools["result"]["tools"]} == {"status", "actions", "hold", "stop", "halt", "say", "confirm"}
    assert unknown["error"]["code"] == -32601 and broken["error"]["code"] == -32700


def test_nothing_moves_without_confirmation(daemon: Daemon) -> None:
    (prepared, wrong, status) = converse(daemon, call(1, "say", text="wave"), call(2, "confirm", code="000000"), call(3, "status"))
    assert "code" in json.loads(prepared["result"]["content"][0]["text"])
    assert wrong["result"]["isError"]
    assert json.loads(status["result"]["content"][0]["text"])["robots"][0]["queue"] == []


def test_looking_and_stopping_need_no_permission(daemon: Daemon) -> None:
    tools, said, stopped = converse(
        daemon, {"id": 1, "method": "tools/list"}, call(2, "say", text="wave"), call(3, "stop"), may_move=False)
    assert "say" not in {tool["name"] for tool in tools["result"]["tools"]}
    assert said["result"]["isError"] and not stopped["result"]["isError"]


def test_what_is_confirmed_is_carried_out(daemon: Daemon) -> None:
    from kmmd.mcp import Server

    with daemon.client() as client:
        server = Server(client, True, "")
        code = json.loads(server.call("say", {"text": "wave"})["content"][0]["text"])["code"]
        done = server.call("confirm", {"code": code})
        assert not done["isError"] and json.loads(done["content"][0]["text"])["segments"][0]["text"] == "wave"
        assert server.call("confirm", {"code": code})["isError"]
        client.stop()
