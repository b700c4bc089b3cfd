"""How the daemon is configured by a file, and reads it again."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time
from typing import Any

import pytest

import kmmd
from conftest import binary, start


def kmmctl(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary("kmmctl")), *arguments], capture_output=True, text=True, timeout=60, env=dict(os.environ, **environment))


def test_a_file_configures_and_is_read_again(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kmmd.json"
    content: dict[str, Any] = {
        "robots": {"unitree_g1": {"rate": 100, "at_end": "stand"}}, "log": {"format": "json", "level": "info"}}
    file.write_text(json.dumps(content))
    assert kmmctl("config", "check", str(file)).returncode == 0
    shown = kmmctl("config", "show", "--origin", "--config", str(file), KMMD_CLIPS="/clips").stdout
    assert f"{file}:1" in shown and "KMMD_CLIPS" in shown and "default" in shown
    daemon = start("--config", str(file))
    try:
        with daemon.client() as client:
            assert client.robot()["rate_hz"] == 100
            ack = client.say("walk forward", duration_s=1, wait=True)
            stand = client.robot()["stand"]
            with client.subscribe(events=False, timeout=60) as stream:
                # It goes to the stand pose by itself.
                assert any(abs(frame.joint_pos - stand).max() < 1e-3 for _, frame in zip(range(3000), stream))
            lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
            assert {"queued: walk forward", "done"} <= {line["message"] for line in lines if line.get("command") == ack.command}

            content["log"]["level"] = "debug"
            content["clips"] = "/elsewhere"
            file.write_text(json.dumps(content))
            assert client.reload()["next_start"] == ["clips"]
            file.write_text('{"log": {"levle": "info"}}')
            with pytest.raises(kmmd.KmmdError, match="levle.*did you mean"):
                client.reload()
            daemon.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 60
            while "did you mean" not in daemon.log.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert "did you mean" in daemon.log.read_text()
            client.robots()
    finally:
        assert daemon.stop() == 0


def test_a_wrong_file_is_told_with_its_line(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kmmd.json"
    file.write_text('{\n  "endpoints": {\n    "comand": "tcp://127.0.0.1:1"\n  }\n}\n')
    for failed in (
        kmmctl("config", "check", str(file)),
        subprocess.run([str(binary("kmmd")), "--config", str(file)], capture_output=True, text=True, timeout=60),
    ):
        assert failed.returncode in (1, 2)
        assert f'{file}:3: "endpoints.comand" is an unknown key; did you mean "command"?' in failed.stderr


def test_no_foundation_in_the_daemon() -> None:
    """Full Foundation would bring ICU, some 40 MB, into the daemon; FoundationEssentials is enough."""
    linked = subprocess.run(["readelf", "-d", str(binary("kmmd"))], capture_output=True, text=True, timeout=60).stdout
    needed = [line.split("[")[1].rstrip("]") for line in linked.splitlines() if "NEEDED" in line]
    assert any(name.startswith("libzmq") for name in needed)
    assert not {"libFoundation.so", "libFoundationNetworking.so", "libFoundationXML.so", "lib_FoundationICU.so"} & set(needed)
