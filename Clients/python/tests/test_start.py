"""How the programs start and fail: with a status and a message, whether weights are there or not."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT, binary, start, trained_weights


def kmmd(tmp_path: pathlib.Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Starts a daemon that is expected to fail at once."""
    endpoints = [
        flag for name in ("command", "priority", "events", "stream", "state")
        for flag in (f"--endpoint-{name}", f"ipc://{tmp_path}/{name}")
    ]
    return subprocess.run([binary("kmmd"), *endpoints, *flags], capture_output=True, text=True, timeout=60)


def test_missing_weights_are_named(tmp_path: pathlib.Path) -> None:
    failed = kmmd(tmp_path, "--models", "/nowhere")
    assert failed.returncode == 1
    assert "/nowhere" in failed.stderr


@pytest.mark.parametrize("damage", ["missing", "truncated", "garbage"])
@pytest.mark.parametrize("file", ["tokenizer", "generator", "residual", "lengths"])
def test_damaged_weights_are_named(tmp_path: pathlib.Path, file: str, damage: str) -> None:
    shutil.copytree(trained_weights(), tmp_path / "Models")
    weights = tmp_path / f"Models/free/{file}.safetensors"
    content = weights.read_bytes()
    if damage == "missing":
        weights.unlink()
    else:
        weights.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"\xff" * 4096)
    failed = kmmd(tmp_path, "--models", str(tmp_path / "Models"))
    assert failed.returncode == 1
    assert f"{file}.safetensors" in failed.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "unitree_g1"), ("", "unitree_g1"), ("{", "unitree_g1"), ("[]", "unitree_g1"),
        ('{"schema": 1, "name": "unitree_g1"}', "unitree_g1"),
    ],
    ids=["missing", "empty", "cut", "list", "incomplete"],
)
def test_a_damaged_profile_is_named(tmp_path: pathlib.Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "unitree_g1.json").write_text(content)
    failed = kmmd(tmp_path, "--profiles", str(tmp_path))
    assert failed.returncode == 1
    assert says in failed.stderr


def test_a_truncated_profile_is_named(tmp_path: pathlib.Path) -> None:
    whole = (ROOT / "RobotProfiles/unitree_g1.json").read_text()
    (tmp_path / "unitree_g1.json").write_text(whole[: len(whole) // 2])
    failed = kmmd(tmp_path, "--profiles", str(tmp_path))
    assert failed.returncode == 1
    assert "unitree_g1.json" in failed.stderr


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--profiles", "/nowhere"], "/nowhere"),
        (["--robot", "r2d2"], "r2d2"),
        (["--robot", "unitree_g1", "--robot", "unitree_g1"], "each once"),
        (["--endpoint-command", "tcp://0.0.0.0:5771"], "--allow-plaintext"),
        (["--endpoint-command", "nonsense"], "nonsense"),
        (["--endpoint-events", "ipc:///nowhere/events"], "/nowhere/events"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_configuration_that_cannot_be_is_told(tmp_path: pathlib.Path, flags: list[str], says: str) -> None:
    failed = kmmd(tmp_path, *flags)
    assert failed.returncode == 1
    assert says in failed.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], 0), (["--version"], 0), (["dance"], 2), (["say"], 2), (["say", "x", "--duration", "long"], 2),
        (["generate", "walk", "-o", "walk.txt"], 2),
        (["generate", "walk", "--models", "/nowhere", "-o", "/tmp/walk.npz"], 2),
        (["say", "walk", "--timeout", "0.2", "--endpoint-command", "ipc:///tmp/kmmd-nobody-there"], 3),
        (["stop", "--timeout", "0.2", "--endpoint-priority", "ipc:///tmp/kmmd-nobody-there"], 3),
        (["watch", "--seconds", "0.3", "--stream", "--endpoint-stream", "ipc:///tmp/kmmd-nobody-there"], 3),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_exit_statuses_of_the_tool(arguments: list[str], status: int) -> None:
    result = subprocess.run([binary("kmmctl"), *arguments], capture_output=True, text=True, timeout=60)
    assert result.returncode == status, result.stderr
    assert result.stderr if status else result.stdout


def test_after_a_crash_a_client_gets_a_true_answer(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Ids belong to a client: it is the same one, which comes back under its name.
    monkeypatch.setattr("kmmd.client.routing_id", lambda: b"one")
    first = start("--state", str(tmp_path))
    with first.client() as client:
        said = client.say("walk forward", duration_s=20, id="mine")
    first.process.kill()
    first.process.wait()
    second = start("--state", str(tmp_path))
    try:
        with second.client() as client:
            assert client.request("status", {"command": "mine"})["state"] == "interrupted"
            again = client.say("walk forward", duration_s=20, id="mine")
            assert (again.command, again.state) == (said.command, "interrupted")
            assert client.say("wave").command != said.command
            assert client.status()["counts"]["accepted"] == 1
    finally:
        second.stop()
