"""Motions in the files of other projects."""

from __future__ import annotations

import json
import pathlib
import pickle

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kmmd import convert
from kinematics import PROFILES, body_positions

ROBOT = "unitree_g1"


@pytest.fixture
def motion(tmp_path: pathlib.Path) -> pathlib.Path:
    """A file as kmmctl retarget writes it, with arbitrary numbers."""
    profile = json.loads((PROFILES / f"{ROBOT}.json").read_text())
    names = [joint["name"] for joint in profile["joints"] if joint["kind"] in ("revolute", "continuous")]
    random = np.random.default_rng(4)
    path = tmp_path / "walk.npz"
    np.savez(
        path, fps=np.float64(30), joint_names=np.array(names), root_pos=random.normal(size=(6, 3)),
        root_quat=Rotation.from_rotvec(random.normal(size=(6, 3))).as_quat()[:, [3, 0, 1, 2]],
        joint_pos=random.uniform(-0.5, 0.5, (6, len(names))),
    )
    return path


def test_gmr(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    convert.main([str(motion), "--to", "gmr", "--profile", str(PROFILES / f"{ROBOT}.json"), "-o", str(tmp_path / "out")])
    clip = pickle.loads((tmp_path / "out/walk.pkl").read_bytes())
    arrays = np.load(motion)
    assert clip["fps"] == 30 and np.allclose(clip["dof_pos"], arrays["joint_pos"])
    assert np.allclose(clip["root_rot"], arrays["root_quat"][:, [1, 2, 3, 0]])
    for frame in range(6):
        places = body_positions(ROBOT, list(arrays["joint_names"]), arrays["joint_pos"][frame], [0, 0, 0], [1, 0, 0, 0])
        assert list(places) == clip["link_body_list"]
        assert np.allclose(clip["local_body_pos"][frame], list(places.values()), atol=1e-9)


def test_phc(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "clips.pkl"
    convert.main([str(motion), "--to", "phc", "--profile", str(PROFILES / f"{ROBOT}.json"), "-o", str(out)])
    clip = pickle.loads(out.read_bytes())["walk"]
    arrays = np.load(motion)
    assert set(clip) == {"root_trans_offset", "root_rot", "dof", "pose_aa", "fps"}
    turns = Rotation.from_quat(arrays["root_quat"][:, [1, 2, 3, 0]]).as_rotvec()
    assert np.allclose(clip["pose_aa"][:, 0], turns, atol=1e-6)
    assert np.allclose(np.abs(clip["pose_aa"][:, 1:]).sum(axis=2), np.abs(arrays["joint_pos"]), atol=1e-6)
    with pytest.raises(SystemExit):
        convert.main([str(motion), "--to", "asap", "-o", str(out)])


def test_table_and_other_files(motion: pathlib.Path, tmp_path: pathlib.Path) -> None:
    convert.main([str(motion), "--to", "protomotions", "-o", str(tmp_path / "out")])
    rows = np.loadtxt(tmp_path / "out/walk.csv", delimiter=",")
    arrays = np.load(motion)
    assert np.allclose(rows, np.concatenate([arrays[k] for k in ("root_pos", "root_quat", "joint_pos")], 1), atol=1e-6)
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    with pytest.raises(convert.ConvertError, match="lacks fps"):
        convert.Motion.load(tmp_path / "other.npz")
