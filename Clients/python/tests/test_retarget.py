"""`kmmctl retarget` over many files, judged from outside: what is written, listed, resumed and shared out."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from conftest import binary

ROOT = pathlib.Path(__file__).resolve().parents[3]
FRAMES = 12
GOOD, BROKEN = 90, 10

def retarget(*words: object, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(binary("kmmctl")), "retarget", *map(str, words), "--profiles", str(ROOT / "RobotProfiles")]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM", "OMPI", "PMI", "JOB_"))}
    return subprocess.run(command, env={**clean, **(environment or {})}, capture_output=True, text=True, timeout=300)


def short_walk() -> str:
    text = (ROOT / "Tests/HumanMotionTests/Fixtures/walk.bvh").read_text()
    head, motion = text.split("MOTION", 1)
    lines = motion.strip().splitlines()
    return f"{head}MOTION\nFrames: {FRAMES}\n{lines[1]}\n" + "\n".join(lines[2 : 2 + FRAMES]) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Ninety motions and ten broken files, some of them in a folder further down."""
    folder = tmp_path_factory.mktemp("motions")
    (folder / "deep").mkdir()
    walk = short_walk()
    for number in range(GOOD):
        (folder / ("deep" if number % 2 else ".") / f"good{number:02}.bvh").write_text(walk)
    broken = [
        "", "not a motion", walk[:2000], re.sub(r"(JOINT LeftLeg\s*\{\s*OFFSET)[^\n]*", r"\1 0 0 0", walk), walk.replace("Frame Time: ", "Frame Time: 9"),
        walk.replace("HIERARCHY", "HIERARCHIE"), walk.replace("CHANNELS 3", "CHANNELS some", 1),
        walk.rsplit(" ", 3)[0] + " nan nan nan\n",
    ]
    for number, text in enumerate(broken):
        (folder / f"bad{number}.bvh").write_text(text)
    (folder / "bad8.npz").write_bytes(b"no zip file")
    np.savez(folder / "bad9.npz", poses=np.full((FRAMES, 66), np.nan), trans=np.zeros((FRAMES, 3)), mocap_framerate=30)
    return folder


@pytest.fixture(scope="module")
def converted(folder: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, object, dict]:
    out = tmp_path_factory.mktemp("out")
    done = retarget(folder, "-o", out / "motion", "--report", out / "report.json", "--jobs", 2)
    return out, done, json.loads((out / "report.json").read_text())


def test_ten_broken_files_of_a_hundred_stop_no_other(converted):
    out, done, report = converted
    assert len(list((out / "motion/unitree_g1").rglob("*.npz"))) == GOOD
    assert (out / "motion/unitree_g1/deep/good01.npz").exists()
    assert done.returncode == 4
    for number in range(BROKEN):
        assert f"bad{number}." in done.stderr
    assert len(done.stderr.strip().splitlines()) == BROKEN
    assert len(report["failed"]) == BROKEN and len(report["files"]) == GOOD
    assert report["frames_per_second"] > 0
    assert report["frames"] == GOOD * FRAMES
    quality = report["files"][0]["quality"]
    assert quality["position_violations"] == 0 and 0 <= quality["limit_share"] <= 1


def test_outputs_are_whole_motions(converted):
    out, _, _ = converted
    with np.load(out / "motion/unitree_g1/good00.npz") as motion:
        assert motion["joint_pos"].shape == (FRAMES, len(motion["joint_names"]))
        assert np.isfinite(motion["joint_pos"]).all() and np.isfinite(motion["root_pos"]).all()
        assert np.allclose(np.linalg.norm(motion["root_quat"], axis=1), 1)


def test_the_quality_of_each_frame_goes_with_the_motion(converted):
    out, _, report = converted
    quality = next(file["quality"] for file in report["files"] if file["input"].endswith("good00.bvh"))
    profile = json.loads((ROOT / "RobotProfiles/unitree_g1.json").read_text())
    ranges = {joint["name"]: joint["range"] for joint in profile["joints"] if "range" in joint}
    with np.load(out / "motion/unitree_g1/good00.npz") as motion:
        low, high = np.array([ranges[name] for name in motion["joint_names"]]).T
        margin = np.minimum(motion["joint_pos"] - low, high - motion["joint_pos"]).min(axis=1)
        assert np.allclose(motion["quality_limit_margin"], margin)
        assert np.isclose(quality["limit_margin"], margin.min())
        distance = motion["quality_collision_distance"]
        assert distance.shape == (FRAMES,) and np.isclose(quality["collision_distance"], distance.min())
        assert distance.min() > 0, "a walk in which bodies of the robot meet"
        balance = motion["quality_balance_margin"]
        standing = np.isfinite(balance)
        assert (standing == motion["contacts"].any(axis=1)).all()
        assert np.isclose(quality["balance_share"], (balance[standing] >= 0).mean())
        assert (motion["quality_clearance"] > -1e-6).all(), "a sole under the floor"


def test_what_is_there_is_left_alone_when_resuming(folder, converted):
    out, _, _ = converted
    target = out / "motion/unitree_g1/good00.npz"
    (out / "motion/unitree_g1/good02.npz").unlink()
    before = target.stat().st_mtime_ns
    done = retarget(folder, "-o", out / "motion", "--resume", "--report", out / "again.json")
    report = json.loads((out / "again.json").read_text())
    assert target.stat().st_mtime_ns == before
    assert sum(not file["skipped"] for file in report["files"]) == 1
    assert (out / "motion/unitree_g1/good02.npz").exists()
    assert done.returncode == 4


@pytest.mark.parametrize(
    "shard, environments",
    [
        ("auto", [{"SLURM_PROCID": str(k), "SLURM_NTASKS": "3"} for k in range(3)]),
        (
            "auto",
            [
                {"SLURM_ARRAY_TASK_ID": str(5 + k), "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "3"}
                for k in range(3)
            ],
        ),
        ("auto/3", [{"JOB_COMPLETION_INDEX": str(k)} for k in range(3)]),
        ("auto", [{"OMPI_COMM_WORLD_RANK": str(k), "OMPI_COMM_WORLD_SIZE": "3"} for k in range(3)]),
    ],
    ids=["srun", "slurm array", "kubernetes", "mpirun"],
)
def test_shares_are_disjoint_and_whole(tmp_path, shard, environments):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.bvh").write_text(short_walk())
    for environment in environments:
        done = retarget(
            folder, "-o", tmp_path / "out", "--shard", shard, "--report", tmp_path / "r.json", environment=environment)
        assert done.returncode == 0, done.stderr
    shares = [
        {file["input"] for file in json.loads((tmp_path / f"r.{k}.json").read_text())["files"]} for k in range(3)]
    assert sorted(map(len, shares)) == [2, 2, 3]
    assert len(set.union(*shares)) == 7


def test_a_share_that_nobody_tells_is_an_error(tmp_path):
    (tmp_path / "walk.bvh").write_text(short_walk())
    done = retarget(tmp_path, "-o", tmp_path / "out", "--shard", "auto")
    assert done.returncode == 2 and "Slurm" in done.stderr
    done = retarget(tmp_path, "-o", tmp_path / "out", "--shard", "auto", environment={"JOB_COMPLETION_INDEX": "1"})
    assert done.returncode == 2 and "auto/n" in done.stderr
    assert retarget(tmp_path, "-o", tmp_path / "out", "--shard", "3/3").returncode == 2


def test_pictures_are_svg_with_every_joint(tmp_path):
    source = tmp_path / "walk.bvh"
    source.write_text(short_walk())
    done = retarget(source, "-o", tmp_path / "walk.npz", "--plot", tmp_path / "plots")
    assert done.returncode == 0, done.stderr
    picture = ElementTree.parse(tmp_path / "plots/unitree_g1/walk.svg")
    words = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    with np.load(tmp_path / "walk.npz") as motion:
        assert {str(name) for name in motion["joint_names"]} <= words
    assert any("left sole" in word for word in words if word)


def test_one_bad_file_is_an_error_of_its_own(tmp_path):
    (tmp_path / "bad.bvh").write_text("nothing")
    done = retarget(tmp_path / "bad.bvh", "-o", tmp_path / "bad.npz")
    assert done.returncode == 2 and "line 1" in done.stderr
    assert not (tmp_path / "bad.npz").exists()
    assert retarget(tmp_path / "none.bvh").returncode == 2
