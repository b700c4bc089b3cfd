"""Where the client looks for the daemon."""

from __future__ import annotations

import pytest

from kmmd.endpoints import endpoint


@pytest.mark.parametrize(
    ("environment", "given", "expected"),
    [
        ({}, None, "tcp://127.0.0.1:5771"),
        ({}, "ipc:///tmp/x", "ipc:///tmp/x"),
        ({"KMMD_HOST": "robot.local"}, None, "tcp://robot.local:5771"),
        ({"KMMD_HOST": "fe80::1"}, None, "tcp://[fe80::1]:5771"),
        ({"KMMD_ENDPOINT_COMMAND": "tcp://10.0.0.1:7000"}, None, "tcp://10.0.0.1:7000"),
        ({"KMMD_ENDPOINT_COMMAND": "tcp://10.0.0.1:7000", "KMMD_HOST": "robot.local"}, None, "tcp://10.0.0.1:7000"),
        ({"KMMD_ENDPOINT_COMMAND": "tcp://0.0.0.0:7000"}, None, "tcp://127.0.0.1:7000"),
        ({"KMMD_ENDPOINT_COMMAND": "tcp://10.0.0.1:7000"}, "tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
    ])
def test_given_before_environment_before_default(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], given: str | None, expected: str
) -> None:
    for name in ("KMMD_ENDPOINT_COMMAND", "KMMD_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert endpoint("command", given) == expected
