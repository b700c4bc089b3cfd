"""Motion files of many kinds: written as programs write them, pickled as Python pickles them, read by `kmmctl`."""

from __future__ import annotations

import io
import os
import pathlib
import pickle
import subprocess
import sys
import zipfile
from typing import Any

import numpy as np
import pytest
from kmmd import unpickle

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Benchmarks"))

import motion_corpus  # noqa: E402

DIALECTS = ["lafan1", "soma", "mixamo", "unreal_turned", "daz", "mmd", "metarig", "biped", "nameless"]


@pytest.fixture(scope="module")
def kmmctl() -> motion_corpus.Kmmctl:
    program = os.environ.get("KMMCTL_BIN", str(ROOT / ".build/debug/kmmctl"))
    if not pathlib.Path(program).exists():
        pytest.skip("kmmctl is not built")
    found = motion_corpus.Kmmctl()
    found.program = program
    return found


@pytest.fixture(scope="module")
def source(kmmctl: motion_corpus.Kmmctl, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return motion_corpus.source(kmmctl, tmp_path_factory.mktemp("source"))


@pytest.mark.parametrize("name", DIALECTS)
def test_programs(kmmctl: motion_corpus.Kmmctl, source: Any, name: str, tmp_path: pathlib.Path) -> None:
    """A motion as that program writes it is the motion, and a part of it is read as the whole."""
    truth = motion_corpus.figures.z_up(motion_corpus.figures.directions(motion_corpus.figures.smpl(*source[:2])), "y")
    path = tmp_path / "motion.bvh"
    motion_corpus.dialects.write(motion_corpus.dialects.DIALECTS[name], *source, path)
    row = motion_corpus.judge(kmmctl, path, truth, motion_corpus.DATA["dialects"], None, tmp_path)
    assert not row["missed"], row
    assert motion_corpus.cut(kmmctl, name, source, tmp_path) < motion_corpus.DATA["cut"]
    worst, joint = motion_corpus.turned(tmp_path / "whole.npz", source[0])
    assert worst < motion_corpus.DATA["turn"], joint


@pytest.mark.parametrize("name", motion_corpus.arrays.KINDS)
def test_arrays(kmmctl: motion_corpus.Kmmctl, source: Any, name: str, tmp_path: pathlib.Path) -> None:
    """A motion as data sets, trackers and models write it is the motion, or refused for what is missing."""
    local, pelvis, rate = source
    # A third of it is enough, and takes a debug build no time.
    body = motion_corpus.arrays.Body(local[:40], pelvis[:40], rate)
    truth = motion_corpus.figures.z_up(motion_corpus.figures.directions(body.places), "y")
    row = motion_corpus.judge_kind(kmmctl, name, body, truth, None, tmp_path)
    assert not row["missed"], row


def test_cases(kmmctl: motion_corpus.Kmmctl, tmp_path: pathlib.Path) -> None:
    """The small files that once failed are read as they are meant, or refused for what they are."""
    shared = os.environ.get("KMMD_SHARED")
    if shared is None:
        pytest.skip("KMMD_SHARED is not set")
    missed = {}
    for name, right in motion_corpus.DATA["cases"].items():
        path = pathlib.Path(shared) / "cases/motions" / name
        truth = None
        if "refused" not in right:
            truth = motion_corpus.figures.z_up(motion_corpus.person(path), right["up"])
        row = motion_corpus.judge(kmmctl, path, truth, right, None, tmp_path)
        if row["missed"]:
            missed[name] = row
    assert not missed


# Pickles --------------------------------------------------------------------------------------------------------------


def _pickled(data: Any, path: pathlib.Path) -> pathlib.Path:
    path.write_bytes(pickle.dumps(data, protocol=4))
    return path


def _poses(frames: int = 40) -> dict[str, Any]:
    poses = np.zeros((frames, 72), dtype=np.float32)
    poses[:, 0] = np.pi / 2
    return {"pose_world": poses, "trans_world": np.tile([0, 0, 1.13], (frames, 1)).astype(np.float32)}


def test_people(kmmctl: motion_corpus.Kmmctl, tmp_path: pathlib.Path) -> None:
    """A pickle of two people, as WHAM writes it, gives two files that are read; kmmctl names the command for the pickle."""
    path = _pickled({0: _poses(), 1: _poses(30)}, tmp_path / "wham_output.pkl")
    ok, words = kmmctl.run("convert", str(path), "-o", str(tmp_path / "x.npz"))
    assert not ok and "kmmd.unpickle" in words
    done = subprocess.run(
        [sys.executable, "-m", "kmmd.unpickle", str(path), "--fps", "30"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = [pathlib.Path(line) for line in done.stdout.split()]
    assert [file.name for file in written] == ["wham_output_0.npz", "wham_output_1.npz"]
    for file in written:
        ok, words = kmmctl.run("convert", str(file), "-o", str(tmp_path / "x.npz"))
        assert ok, words


def test_projects(tmp_path: pathlib.Path) -> None:
    """What MDM, PromptHMR, InterHuman, GRAB and 4DHumans keep in pickles becomes arrays under names that kmmctl knows."""
    frames, turns = 12, np.tile(np.eye(3), (12, 24, 1, 1))
    places = np.random.default_rng(3).normal(size=(frames, 22, 3))

    def held(data: Any, name: str = "") -> dict[str, dict[str, Any]]:
        return unpickle.motions(unpickle.load(_pickled(data, tmp_path / "file.pkl")), name)

    two = {"motion": np.moveaxis(np.stack([places, places]), 1, -1), "lengths": np.array([frames, 7]), "text": ["a", "b"]}
    found = held(two)
    assert found["0"]["positions"] == pytest.approx(places) and found["1"]["positions"].shape == (7, 22, 3)

    six = {"thetas": np.moveaxis(turns[..., :2, :].reshape(frames, 24, 6), 0, -1), "root_translation": np.zeros((3, frames))}
    body = held(six)[""]
    assert np.concatenate([body["global_orient"], body["body_pose"]], axis=1) == pytest.approx(turns)

    person = {"pose": np.zeros((frames, 165)), "trans": np.zeros((frames, 3))}
    found = held({"fps": 30, "people": {"1": {"frames": np.arange(frames), "smplx_cam": person, "smplx_world": person}}})
    assert [sorted(arrays) for arrays in found.values()] == [["fps", "frames", "pose", "trans"]]

    parts = {"trans": np.zeros((frames, 3)), "root_orient": np.zeros((frames, 3)), "pose_body": np.zeros((frames, 63))}
    found = held({"mocap_framerate": 59.94, "person1": parts, "person2": parts})
    assert list(found) == ["person1", "person2"] and all("mocap_framerate" in arrays for arrays in found.values())

    np.savez(tmp_path / "grab.npz", framerate=np.array(120.0), body=np.array({"params": parts}, dtype=object))
    (arrays,) = unpickle.motions(unpickle.load(tmp_path / "grab.npz")).values()
    assert arrays["framerate"] == 120 and arrays["pose_body"].shape == (frames, 63)

    image = {"tid": [4], "smpl": [{"global_orient": turns[0, :1], "body_pose": turns[0, 1:], "betas": np.zeros(10)}]}
    found = held({f"{number}.jpg": image for number in range(frames)})
    assert list(found) == ["4"] and found["4"]["body_pose"].shape == (frames, 23, 3, 3)


class _Program:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/kmmd_unpickle_ran",)


def test_programs_do_not_run(tmp_path: pathlib.Path) -> None:
    """A pickle that would run something is refused by the name of it, and does not run."""
    mark = pathlib.Path("/tmp/kmmd_unpickle_ran")
    mark.unlink(missing_ok=True)
    for data in (_Program(), {"poses": _Program()}, [np.zeros(3), _Program()]):
        with pytest.raises(unpickle.Refused, match="system"):
            unpickle.load(_pickled(data, tmp_path / "evil.pkl"))
    assert not mark.exists()
    for text in (b"", b"\x80\x04.", b"\x80\x04}", b"PK\x03\x04", b"cbuiltins\neval\n(S'1'\ntR.", b"\x80\x02cnumpy\nload\n."):
        path = tmp_path / "damaged.pkl"
        path.write_bytes(text)
        with pytest.raises(unpickle.Refused):
            unpickle.load(path)
    assert unpickle.main([str(path)]) == 4


def test_torch(tmp_path: pathlib.Path) -> None:
    """A torch file, as GVHMR writes it, is read without torch: strides and offsets of its tensors among it."""

    class Storage:
        def __init__(self, key: str, count: int) -> None:
            self.key, self.count = key, count

    class Tensor:
        def __init__(self, key: str, shape: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> None:
            self.arguments = (Storage(key, 12), offset, shape, stride, False, None)

    class Global:
        """Something that a pickle names."""

        def __init__(self, name: str) -> None:
            self.name = name

    class Pickler(pickle._Pickler):  # type: ignore[name-defined, misc]
        def persistent_id(self, item: Any) -> Any:
            return ("storage", Global("FloatStorage"), item.key, "cpu", item.count) if isinstance(item, Storage) else None

        def save(self, item: Any, save_persistent_id: bool = True) -> None:
            if isinstance(item, Global):
                self.write(b"ctorch\n" + item.name.encode() + b"\n")
            elif isinstance(item, Tensor):
                self.write(b"ctorch._utils\n_rebuild_tensor_v2\n")
                self.save(item.arguments)
                self.write(pickle.REDUCE)
            else:
                super().save(item, save_persistent_id)

    file = io.BytesIO()
    plain, turned = Tensor("0", (4, 3), (3, 1)), Tensor("0", (3, 2), (1, 3), 6)
    Pickler(file, protocol=2).dump({
        "smpl_params_incam": {"transl": turned}, "smpl_params_global": {"transl": plain, "betas": turned}, "K": 3.5,
    })
    numbers = np.arange(12, dtype="<f4")
    path = tmp_path / "hmr4d_results.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", file.getvalue())
        archive.writestr("archive/data/0", numbers.tobytes())
    arrays = unpickle.motions(unpickle.load(path))[""]
    assert np.array_equal(arrays["transl"], numbers.reshape(4, 3))
    assert np.array_equal(arrays["betas"], numbers[6:].reshape(2, 3).T)
    assert float(arrays["K"]) == 3.5


def test_robots(tmp_path: pathlib.Path) -> None:
    """PHC's clips become one file each, under GMR's names, without the body that was fitted."""
    clip = {
        "root_trans_offset": np.zeros((5, 3)), "root_rot": np.tile([0, 0, 0, 1.0], (5, 1)), "dof": np.zeros((5, 29)),
        "pose_aa": np.zeros((5, 27, 3)), "fps": 30,
    }
    written = unpickle.convert(_pickled({"walk a": clip, "walk b": clip}, tmp_path / "amass.pkl"), tmp_path)
    assert [file.name for file in written] == ["amass_walk_a.npz", "amass_walk_b.npz"]
    with np.load(written[0]) as file:
        assert sorted(file.files) == ["dof_pos", "fps", "root_pos", "root_rot"]
