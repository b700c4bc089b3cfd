"""What `kmmctl export` writes, read as other projects read it."""

from __future__ import annotations

import csv
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest

from conftest import binary
from kinematics import body_positions
from receivers import ISAACLAB, MUJOCO_G1

RATE, SECONDS = 30, 4


def curve(time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root places, root orientations (w, x, y, z) and joints of a smooth motion."""
    place = np.stack([0.5 * time, 0.1 * np.sin(time), 0.75 + 0.02 * np.cos(2 * time)], axis=1)
    half = 0.3 * np.sin(0.8 * time)
    turn = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    joints = np.stack([0.2 * np.sin(time + 0.3 * j) for j in range(29)], axis=1)
    return place, turn, joints


@pytest.fixture(scope="module")
def motion(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    place, turn, joints = curve(np.arange(RATE * SECONDS + 1) / RATE)
    # Another joint order than the robot's: names count.
    backwards = list(reversed(range(29)))
    path = tmp_path_factory.mktemp("motion") / "wave.npz"
    np.savez(
        path, fps=float(RATE), joint_names=[MUJOCO_G1[i] for i in backwards], root_pos=place, root_quat=turn,
        joint_pos=joints[:, backwards])
    return path


def export(motion: pathlib.Path, format: str, output: pathlib.Path, *flags: str, status: int = 0) -> str:
    command = [str(binary("kmmctl")), "export", str(motion), "--format", format, "-o", str(output), *flags]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=dict(os.environ))
    assert result.returncode == status, result.stderr
    return result.stderr


@pytest.mark.parametrize(("format", "scalar"), [("lafan1", 3), ("kimodo", 0)])
def test_csv(motion: pathlib.Path, tmp_path: pathlib.Path, format: str, scalar: int) -> None:
    export(motion, format, tmp_path / "wave.csv")
    table = np.loadtxt(tmp_path / "wave.csv", delimiter=",")
    assert table.shape == (RATE * SECONDS + 1, 36)
    place, turn, joints = curve(np.arange(len(table)) / 30)
    assert np.allclose(table[:, :3], place, atol=1e-6)
    quaternion = np.roll(table[:, 3:7], 1, axis=1) if scalar == 3 else table[:, 3:7]
    assert np.allclose(quaternion, turn, atol=1e-6)
    assert np.allclose(table[:, 7:], joints, atol=1e-6)


def test_another_rate(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(motion, "kimodo", tmp_path / "wave.csv", "--rate", "25")
    table = np.loadtxt(tmp_path / "wave.csv", delimiter=",")
    assert len(table) == 25 * SECONDS + 1
    assert np.allclose(table[:, 7:], curve(np.arange(len(table)) / 25)[2], atol=1e-4)


@pytest.mark.parametrize("format", ["beyondmimic", "mjlab"])
def test_bodies_in_the_world(motion: pathlib.Path, tmp_path: pathlib.Path, format: str) -> None:
    export(motion, format, tmp_path / "wave.npz")
    arrays = np.load(tmp_path / "wave.npz")
    count = 50 * SECONDS + 1
    assert list(arrays["fps"]) == [50]
    assert {name: arrays[name].shape for name in arrays if name != "fps"} == {
        "joint_pos": (count, 29), "joint_vel": (count, 29), "body_pos_w": (count, 30, 3), "body_quat_w": (count, 30, 4),
        "body_lin_vel_w": (count, 30, 3), "body_ang_vel_w": (count, 30, 3),
    }
    order = ISAACLAB if format == "beyondmimic" else list(range(29))
    place, turn, joints = curve(np.arange(count) / 50)
    assert np.allclose(arrays["joint_pos"], joints[:, order], atol=1e-4)
    assert np.allclose(arrays["joint_vel"][2:-2], np.gradient(joints[:, order], 0.02, axis=0)[2:-2], atol=5e-3)
    links = [MUJOCO_G1[j].replace("waist_pitch_joint", "torso_link").replace("_joint", "_link") for j in order]
    for frame in range(0, count, 40):
        where = body_positions("unitree_g1", MUJOCO_G1, joints[frame], place[frame], turn[frame])
        for body, at in zip(["pelvis", *links], arrays["body_pos_w"][frame]):
            assert np.allclose(at, where[body], atol=1e-3), body
    # Velocities are the derivatives of the places.
    slopes = np.gradient(arrays["body_pos_w"].astype(float), 0.02, axis=0)
    assert np.allclose(arrays["body_lin_vel_w"][3:-3], slopes[3:-3], atol=0.02)
    quaternions = arrays["body_quat_w"].astype(float)
    assert np.allclose(np.linalg.norm(quaternions, axis=-1), 1, atol=1e-5)
    before, after = quaternions[:-2], quaternions[2:]
    part = before[..., :1] * after[..., 1:] - after[..., :1] * before[..., 1:] - np.cross(after[..., 1:], before[..., 1:])
    part *= np.sign((before * after).sum(axis=-1, keepdims=True))
    assert np.allclose(arrays["body_ang_vel_w"][1:-1][2:-2], (2 * part / 0.04)[2:-2], atol=0.02)


def test_sonic_folder(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "wave"
    export(motion, "sonic", folder)
    count = 50 * SECONDS + 1
    place, turn, joints = curve(np.arange(count) / 50)

    def table(name: str) -> tuple[list[str], np.ndarray]:
        with (folder / name).open(newline="") as stream:
            rows = list(csv.reader(stream))
        return rows[0], np.array(rows[1:], dtype=float)

    header, values = table("joint_pos.csv")
    assert header[0] == "joint_0" and len(header) == 29
    assert np.allclose(values, joints[:, ISAACLAB], atol=1e-4)
    assert np.allclose(table("joint_vel.csv")[1][2:-2], np.gradient(values, 0.02, axis=0)[2:-2], atol=5e-3)
    header, values = table("body_quat.csv")
    assert header == ["body_0_w", "body_0_x", "body_0_y", "body_0_z"]
    assert np.allclose(values, turn, atol=1e-4)
    assert np.allclose(table("body_pos.csv")[1], place, atol=1e-4)
    lines = (folder / "metadata.txt").read_text().splitlines()
    indices = lines[lines.index("Body part indexes:") + 1]
    assert [int(number) for number in re.findall(r"\d+", indices)] == [0]


def test_native_arrays_come_back(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    export(motion, "npz", tmp_path / "once.npz")
    export(tmp_path / "once.npz", "npz", tmp_path / "twice.npz")
    once, twice = np.load(tmp_path / "once.npz"), np.load(tmp_path / "twice.npz")
    assert list(once["joint_names"]) == MUJOCO_G1
    assert float(once["fps"]) == RATE
    for name in ("root_pos", "root_quat", "joint_pos", "joint_vel", "root_lin_vel", "root_ang_vel"):
        assert np.allclose(once[name], twice[name], atol=1e-12), name


def test_bad_input(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    np.savez(tmp_path / "short.npz", fps=30.0, joint_names=["left_knee_joint"])
    assert "root_pos" in export(tmp_path / "short.npz", "lafan1", tmp_path / "out.csv", status=2)
    place, turn, joints = curve(np.arange(10) / RATE)
    names = [*MUJOCO_G1[:-1], "tail_joint"]
    np.savez(tmp_path / "tail.npz", fps=30.0, joint_names=names, root_pos=place, root_quat=turn, joint_pos=joints)
    assert "right_wrist_yaw_joint" in export(tmp_path / "tail.npz", "lafan1", tmp_path / "out.csv", status=2)
    joints[3, 4] = np.nan
    np.savez(tmp_path / "nan.npz", fps=30.0, joint_names=MUJOCO_G1, root_pos=place, root_quat=turn, joint_pos=joints)
    assert "frame 3" in export(tmp_path / "nan.npz", "lafan1", tmp_path / "out.csv", status=2)
    assert "nowhere" in export(tmp_path / "nowhere.npz", "lafan1", tmp_path / "out.csv", status=2)
