"""kmmctl as people use it: slips of the pen, what it says when nobody answers, pictures, pages."""

from __future__ import annotations

import io
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from conftest import ROOT, Daemon, binary, free_ports, start


def control(*words: str, seconds: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KMMD_ENDPOINT", "KMMD_HOST", "KMMD_KEY"))}
    return subprocess.run(
        [str(binary("kmmctl")), *words], capture_output=True, text=True, timeout=seconds, env={**kept, **environment})


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    daemon = start(scheme="tcp")
    yield daemon
    daemon.stop()


def flags(daemon: Daemon) -> list[str]:
    return daemon.endpoint_flags("command", "priority", "events", "stream")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["sya", "walk forward"], "did you mean say?"),
        (["proflie", "list"], "did you mean profile?"),
        (["profile", "lst"], "did you mean list?"),
        (["retarget", "x.npz", "--robot", "unitre_g1"], "unitree_g1"),
        (["retarget", "x.npz", "--robot", "booster"], "booster_t1"),
        (["quux"], "kmmctl --help"),
    ])
def test_a_slip_is_met_with_what_was_meant(words: list[str], hint: str) -> None:
    done = control(*words)
    assert done.returncode == 2 and hint in done.stderr
    # One line, not fifty names.
    assert len(done.stderr.strip().splitlines()) == 1 and len(done.stderr) < 300


def test_words_need_no_quotes(daemon: Daemon) -> None:
    done = control("say", "wave", "with", "the", "right", "hand", "--duration", "1", "--wait", "--timeout", "30", *flags(daemon))
    assert done.returncode == 0 and "wave with the right hand" in done.stdout, done.stderr
    assert "\x1b" not in done.stdout


def test_what_was_achieved_is_told(daemon: Daemon) -> None:
    done = control("say", "walk forward one metre", "--wait", "--timeout", "30", *flags(daemon))
    assert done.returncode == 0, done.stderr
    way = re.search(r"went (\d\.\d\d) m", done.stdout)
    assert way and 0.6 < float(way[1]) < 1.4


def test_nobody_there_is_told_apart_from_a_missing_key(tmp_path: pathlib.Path) -> None:
    (port,) = free_ports(1)
    done = control("status", "--endpoint-command", f"tcp://127.0.0.1:{port}", "--timeout", "1")
    assert done.returncode == 3 and "nothing listens" in done.stderr
    assert control("keys", "make", "anna", "--role", "operator", "-o", str(tmp_path / "anna.json"), "--keys", str(tmp_path / "keys")).returncode == 0
    locked = start("--keys", str(tmp_path / "keys"), scheme="tcp")
    try:
        done = control("status", "--timeout", "1", *flags(locked))
        assert done.returncode == 3 and "asks for a key" in done.stderr and "KMMD_KEY" in done.stderr
        done = control("status", "--timeout", "30", "--key", str(tmp_path / "anna.json"), *flags(locked))
        assert done.returncode == 0, done.stderr
    finally:
        locked.stop()


def test_the_doctor_finds_what_is_wrong(daemon: Daemon) -> None:
    done = control("doctor", "--json", "--timeout", "30", *flags(daemon))
    findings = {finding["subject"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert {"kmmctl", "robot profiles", "weights", "daemon", "stream"} <= set(findings)
    assert done.returncode == 0, findings
    (port,) = free_ports(1)
    done = control("doctor", "--endpoint-command", f"tcp://127.0.0.1:{port}")
    assert done.returncode == 1 and "nothing listens" in done.stdout


def test_top_and_robot(daemon: Daemon) -> None:
    done = control("top", "--count", "2", "--interval", "0.5", "--timeout", "30", *flags(daemon))
    assert done.returncode == 0 and done.stdout.count("unitree_g1") == 2
    assert "left_knee_joint" in control("robot", "--timeout", "30", *flags(daemon)).stdout


@pytest.fixture(scope="module")
def motion(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A second of a G1 that bends its knees."""
    path = tmp_path_factory.mktemp("motion") / "bend.npz"
    profile = json.loads((ROOT / "RobotProfiles/unitree_g1.json").read_text())
    stand = profile["poses"]["stand"]
    names = [joint["name"] for joint in profile["joints"] if joint["kind"] == "revolute"]
    joints = np.array([[stand["joints"].get(name, 0) for name in names]] * 30)
    joints[:, names.index("left_elbow_joint")] += np.linspace(0, 0.5, 30)
    np.savez(
        path, fps=30.0, joint_names=np.array(names), root_pos=np.array([stand["root_position"]] * 30),
        root_quat=np.array([stand["root_rotation"]] * 30), joint_pos=joints)
    return path


def test_a_film_shows_a_robot_that_moves(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    Image = pytest.importorskip("PIL.Image")
    film = tmp_path / "bend.gif"
    done = control("render", str(motion), "-o", str(film), "--size", "96x72", "--fps", "5")
    assert done.returncode == 0, done.stderr
    with Image.open(film) as image:
        assert image.size == (96, 72) and image.n_frames == 5 and image.info["duration"] == 200
        pictures = []
        for index in range(5):
            image.seek(index)
            pictures.append(np.asarray(image.convert("RGB"), float))
    # Left is blue, right orange, the floor is light; and the arm moves.
    red, blue = pictures[0][..., 0], pictures[0][..., 2]
    assert (blue - red > 60).sum() > 20 and (red - blue > 60).sum() > 20 and pictures[0][2].mean() > 200
    assert np.abs(pictures[0] - pictures[-1]).max() > 60
    picture = tmp_path / "bend.png"
    assert control("render", str(motion), "-o", str(picture), "--size", "64x48", "--at", "0").returncode == 0
    assert Image.open(io.BytesIO(picture.read_bytes())).size == (64, 48)
    assert "--size" in control("render", str(motion), "-o", str(picture), "--size", "9000x9000").stderr


def test_a_file_is_shown_in_the_browser(motion: pathlib.Path) -> None:
    process = subprocess.Popen([str(binary("kmmctl")), "view", str(motion), "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address
        with urllib.request.urlopen(address[0], timeout=30) as answer:
            assert b"dashboard.js" in answer.read()
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_persons_motion_is_to_be_retargeted_first(tmp_path: pathlib.Path) -> None:
    person = tmp_path / "wave.npz"
    np.savez(person, poses=np.zeros((4, 66)), trans=np.zeros((4, 3)), mocap_framerate=30.0)
    done = control("export", str(person), "--format", "lafan1", "-o", str(tmp_path / "o.csv"))
    assert done.returncode == 2 and "kmmctl retarget" in done.stderr


def test_a_table_is_a_file(tmp_path: pathlib.Path) -> None:
    table = tmp_path / "walk.csv"
    source = next((ROOT / "Tests/HumanMotionTests/Fixtures").glob("*.bvh"))
    done = control("retarget", str(source), "-o", str(table))
    assert done.returncode == 0, done.stderr
    head, first, *rest = table.read_text().splitlines()
    assert head.startswith("t,root_x,root_y,root_z,root_qw") and len(first.split(",")) == len(head.split(",")) == 8 + 29 and rest


def test_shells_complete_robots_and_sentences() -> None:
    script = control("--generate-completion-script", "bash").stdout
    assert "kmmctl" in script and "---completion" in script
    robots: Any = control("---completion", "say", "--", "--robot", "3", "0", "kmmctl", "say", "--robot", "").stdout.splitlines()
    assert "unitree_g1" in robots
