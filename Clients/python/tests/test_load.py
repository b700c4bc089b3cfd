"""Files that kmmd writes, read in Python and shown in a notebook."""

from __future__ import annotations

import pathlib
import subprocess
from xml.etree import ElementTree

import numpy as np
import pytest

import kmmd
from conftest import ROOT, binary

WAVE = ROOT / "RobotProfiles/motions/wave.bvh"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("files")
    for command in (
        ["convert", str(WAVE), "-o", str(folder / "wave.npz")],
        ["retarget", str(WAVE), "-o", str(folder / "wave_g1.npz")],
        ["retarget", str(WAVE), "-o", str(folder / "wave_g1.csv")],
    ):
        subprocess.run([str(binary("kmmctl")), *command], check=True, capture_output=True, timeout=120)
    return folder


def test_a_robots_motion_is_the_same_from_both_files(files: pathlib.Path) -> None:
    arrays, table = kmmd.load(files / "wave_g1.npz"), kmmd.load(files / "wave_g1.csv")
    assert isinstance(arrays, kmmd.RobotMotion) and isinstance(table, kmmd.RobotMotion)
    assert arrays.joint_names == table.joint_names and len(arrays.joint_names) == 29
    assert table.rate_hz == pytest.approx(arrays.rate_hz, rel=1e-3) and arrays.duration_s == len(arrays) / arrays.rate_hz
    for name in ("root_pos", "root_quat", "joint_pos"):
        np.testing.assert_allclose(getattr(arrays, name), getattr(table, name), atol=1e-4)
    assert np.ptp(arrays.joint("right_elbow_joint")) > 0.2 and "limb_error" in arrays.quality
    assert np.linalg.norm(arrays.root_quat, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_persons_motion_is_read(files: pathlib.Path) -> None:
    person = kmmd.load(files / "wave.npz")
    assert isinstance(person, kmmd.PersonMotion)
    assert person.poses.shape == (len(person), 22, 3) and 0.7 < float(person.trans[0, 2]) < 1.2


def test_a_notebook_shows_what_a_file_holds(files: pathlib.Path) -> None:
    for name in ("wave.npz", "wave_g1.npz"):
        shown = ElementTree.fromstring(kmmd.load(files / name)._repr_html_())
        assert name in "".join(shown.itertext()) and len(list(shown.iter("polyline"))) >= 3


@pytest.mark.parametrize("name, text", [
    ("odd.npz", "neither a robot's motion"), ("half.npz", "no root_pos"), ("odd.csv", "does not name"), ("odd.txt", ".npz, .csv and .mcap")])
def test_other_files_are_refused_with_the_reason(tmp_path: pathlib.Path, name: str, text: str) -> None:
    np.savez(tmp_path / "odd.npz", a=1)
    np.savez(tmp_path / "half.npz", joint_pos=np.zeros((2, 1)), joint_names=["a"], fps=30.0)
    for other in ("odd.csv", "odd.txt"):
        (tmp_path / other).write_text("1,2,3\n")
    with pytest.raises(ValueError, match=text):
        kmmd.load(tmp_path / name)
