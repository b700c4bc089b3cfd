"""Converters of public data sets, on small files in their makers' form, and what `kmmctl train prepare` makes of them."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from conftest import ROOT, binary

pytest.importorskip("scipy")
SCRIPTS = ROOT / "Scripts/datasets"
sys.path.insert(0, str(SCRIPTS))
import asap  # noqa: E402
import mesh2motion  # noqa: E402
import rig  # noqa: E402
import smartbody  # noqa: E402
from acclaim import NAMES, Skeleton  # noqa: E402
from skeleton import BVH, Motion, euler  # noqa: E402

BONES = {  # name: parent, direction, length in the file's units, angles
    "lhipjoint": ("root", (0.6, -0.7, 0), 2, ""), "lfemur": ("lhipjoint", (0.34, -0.94, 0), 7, "rx ry rz"),
    "ltibia": ("lfemur", (0.34, -0.94, 0), 7, "rx"), "lfoot": ("ltibia", (0, -0.3, 0.95), 2, "rx rz"), "ltoes": ("lfoot", (0, 0, 1), 1, "rx"),
    "lowerback": ("root", (0, 1, 0), 2, "rx ry rz"), "upperback": ("lowerback", (0, 1, 0), 2, "rx ry rz"),
    "thorax": ("upperback", (0, 1, 0), 2, "rx ry rz"), "lowerneck": ("thorax", (0, 1, 0), 1.5, "rx ry rz"),
    "upperneck": ("lowerneck", (0, 1, 0), 1.5, "rx ry rz"), "head": ("upperneck", (0, 1, 0), 1.5, "rx ry rz"),
    "lclavicle": ("thorax", (0.9, 0.4, 0), 3, "ry rz"), "lhumerus": ("lclavicle", (1, 0, 0), 5, "rx ry rz"),
    "lradius": ("lhumerus", (1, 0, 0), 3, "rx"), "lwrist": ("lradius", (1, 0, 0), 1.5, "ry"), "lhand": ("lwrist", (1, 0, 0), 0.6, "rx rz"),
    "lfingers": ("lhand", (1, 0, 0), 0.5, "rx"), "lthumb": ("lwrist", (0.7, 0, 0.7), 0.7, "rx rz"),
}
for name, (parent, way, length, dof) in list(BONES.items()):
    if name[0] == "l" and f"{name[1:]}" in {key[1:] for key in NAMES if key[0] == "r"}:
        over = parent if parent in ("root", "thorax") else "r" + parent[1:]
        BONES["r" + name[1:]] = (over, (-way[0], way[1], way[2]), length, dof)
FRAMES = 240


def asf() -> str:
    """A skeleton as CMU and HDM05 write them."""
    blocks = "".join(
        f"  begin\n     id {number}\n     name {name}\n     direction {way[0]} {way[1]} {way[2]}\n     length {length}\n"
        f"     axis 0 0 {20 if name.startswith('lf') else 0}  XYZ\n" + (f"    dof {dof}\n" if dof else "") + "  end\n"
        for number, (name, (_, way, length, dof)) in enumerate(BONES.items(), 1))
    children: dict[str, list[str]] = {}
    for name, (parent, *_) in BONES.items():
        children.setdefault(parent, []).append(name)
    lines = "".join(f"    {parent} {' '.join(names)}\n" for parent, names in children.items())
    return (
        ":version 1.10\n:name test\n:units\n  mass 1.0\n  length 0.45\n  angle deg\n:documentation\n  none\n:root\n   order TX TY TZ RX RY RZ\n"
        f"   axis XYZ\n   position 0 0 0\n   orientation 0 0 0\n:bonedata\n{blocks}:hierarchy\n  begin\n{lines}  end\n")


def amc(frames: int = FRAMES, most: float = 20) -> str:
    """A squat that bends the left knee."""
    low = 2 * 0.94 * 7 + 0.7 * 2 + 0.3 * 2
    rows = []
    for frame in range(frames):
        bend = most * np.sin(np.pi * frame / frames)
        rows.append(f"{frame + 1}\nroot 0 {low:.4f} {frame / frames:.4f} 0 30 0\nltibia {bend:.4f}\nlhumerus 0 0 {-bend:.4f}\n")
    return ":FULLY-SPECIFIED\n:DEGREES\n" + "".join(rows)


def convert(*words: str) -> str:
    done = subprocess.run([sys.executable, str(SCRIPTS / "convert.py"), *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def prepared(data: pathlib.Path, sets: str) -> dict:
    out = data.parent / "prepared"
    done = subprocess.run(
        [str(binary("kmmctl")), "train", "prepare", "--data", str(data), "--sets", sets, "--plain", "--out", str(out)],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / "index.json").read_text())


def test_an_acclaim_motion_bends_where_its_angles_say() -> None:
    motion = Skeleton(asf()).motion(amc(), 120)
    places, frames = motion.places()
    knee, ankle = (motion.names.index(name) for name in ("LeftLeg", "LeftFoot"))
    assert np.linalg.norm(places[:, ankle] - places[:, knee], axis=1) == pytest.approx(7 * 2.54 / 0.45, rel=1e-3)
    bend = np.degrees(np.arccos((np.trace(motion.turns[FRAMES // 2, knee]) - 1) / 2))
    assert bend == pytest.approx(20, abs=0.01) and motion.names[0] == "Hips"
    assert frames[0, 0] == pytest.approx(euler("ZYX", np.array([[0.0, 30.0, 0.0]]))[0])


def test_bvh_is_read_as_it_was_written() -> None:
    motion = Skeleton(asf()).motion(amc(), 120).at(30)
    read = BVH.of(motion.bvh())
    order = [motion.names.index(name) for name in read.names]
    np.testing.assert_allclose(read.turns, motion.turns[:, order], atol=4e-4)
    np.testing.assert_allclose(read.places[:, 0], motion.root, atol=0.006)
    assert read.rate == pytest.approx(30, rel=1e-4) and len(read.turns) == FRAMES // 4


def test_hdm05_becomes_a_set_that_is_prepared(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "cut"
    # A clip that is there already under another name is left out: one bends farther.
    for actor, most in (("bd", 20), ("tr", 35)):
        (source / actor).mkdir(parents=True)
        (source / actor / f"HDM_{actor}.asf").write_text(asf())
        (source / actor / f"HDM_{actor}_squat1Reps_001_120.amc").write_text(amc(most=most))
    (source / "bd/HDM_bd_unheardOf_001_120.amc").write_text(amc())
    assert "2 clips" in convert("hdm05", str(source), "-o", str(tmp_path / "data"))
    index = prepared(tmp_path / "data", "hdm05")
    clips = [clip for clip in index["clips"] if not clip["mirrored"]]
    assert sorted(clip["split"] for clip in clips) == ["test", "train"]


def test_cmu_takes_humanml3ds_captions_at_their_times(tmp_path: pathlib.Path) -> None:
    source, captions = tmp_path / "subjects", tmp_path / "HumanML3D"
    (source / "02").mkdir(parents=True)
    (source / "02/02.asf").write_text(asf())
    for trial in ("01", "02"):
        (source / f"02/02_{trial}.amc").write_text(amc(480))
    (captions / "texts").mkdir(parents=True)
    (captions / "index.csv").write_text(
        "source_path,start_frame,end_frame,new_name\n./pose_data/CMU/02/02_01_poses.npy,20,60,000001.npy\n")
    (captions / "texts/000001.txt").write_text("a person squats.#a/DET person/NOUN squat/VERB#0.5#1.5\na person bends a knee#x#0.0#0.0\n")
    for split in ("train", "val", "test"):
        (captions / f"{split}.txt").write_text("000001\n" if split == "val" else "")
    (tmp_path / "index.txt").write_text("02_01\tsquat\n02_02, walk on the spot\n")
    convert("cmu", str(source), "--index", str(tmp_path / "index.txt"), "--humanml3d", str(captions), "-o", str(tmp_path / "data"))
    pairs = [json.loads(line) for line in (tmp_path / "data/cmu/pairs.jsonl").read_text().splitlines()]
    spans = {pair["text"]: (pair["start_s"], pair["end_s"]) for pair in pairs}
    assert spans == {
        "squat": (0, 4), "walk on the spot": (0, 4), "a person squats.": (1.5, 2.5), "a person bends a knee": (1, 3)}
    clips = {clip["id"]: clip for clip in map(json.loads, (tmp_path / "data/cmu/clips.jsonl").read_text().splitlines())}
    assert clips["cmu_02_01"]["split"] == "val" and clips["cmu_02_01"]["frames"] == 120 and clips["cmu_02_01"]["flat_ground"]


def turned_rig() -> str:
    """A rig as Bandai-Namco's: 21 joints, frames turned by a quarter, a stance that faces +z with hanging arms."""
    import bandai

    inverse = {new: old for old, new in bandai.NAMES.items()}
    base = Skeleton(asf()).motion(amc(8), 30)
    keep = [name for name in base.names if name in inverse]
    places, _ = base.places()
    quarter = euler("X", np.array([[90.0]]))[0]
    names = [inverse[name] for name in keep]
    known = {name: places[0, base.names.index(name)] - places[0, 0] for name in keep}
    upright = euler("Y", np.array([[-30.0]]))[0]

    def parent(name: str) -> int:
        joint = base.parents[base.names.index(name)]
        while joint >= 0 and base.names[joint] not in keep:
            joint = base.parents[joint]
        return keep.index(base.names[joint]) if joint >= 0 else -1

    parents = [parent(name) for name in keep]
    offsets = np.array([
        np.zeros(3) if over < 0 else quarter.T @ upright @ (known[name] - known[keep[over]]) for name, over in zip(keep, parents)])
    turns = np.tile(np.eye(3), (8, len(keep), 1, 1))
    turns[:, 0] = quarter
    for side, sign in (("Left", -90.0), ("Right", 90.0)):
        turns[:, keep.index(f"{side}Arm")] = quarter.T @ euler("Z", np.array([[sign]]))[0] @ quarter
    return Motion(names, parents, offsets, {}, np.tile([0, 90.0, 0], (8, 1)), turns, 30).bvh()


def test_bandais_rig_rests_in_a_t_pose_that_faces_forward(tmp_path: pathlib.Path) -> None:
    import bandai

    stand = BVH.of(turned_rig())
    moved = bandai.motion(stand, bandai.rest(stand))
    places, frames = moved.places()
    at = {name: places[0, moved.names.index(name)] for name in moved.names}
    # Hanging arms are arms that are turned from the T pose: the upper arm's frame, not its offset, tells.
    assert at["LeftUpLeg"][0] > at["RightUpLeg"][0] and at["LeftArm"][0] > at["LeftShoulder"][0]
    assert frames[0, 0] == pytest.approx(np.eye(3), abs=1e-3)
    arm = frames[0, moved.names.index("LeftArm")] @ np.array([1, 0, 0])
    assert arm == pytest.approx([0, -1, 0], abs=1e-3)
    (tmp_path / "data").mkdir()
    for label in ("bow_normal", "walk_happy"):
        (tmp_path / f"dataset-1_{label}_001.bvh").write_text(turned_rig())
    convert("bandai", str(tmp_path), "-o", str(tmp_path / "out"))
    texts = {json.loads(line)["text"] for line in (tmp_path / "out/bandai-nc/pairs.jsonl").read_text().splitlines()}
    assert texts == {"a person bows", "a person walks forward in a happy way"}


# A person in a T pose who faces +z, centimetres, y up, whose arms then come down and whose left knee bends.
STEPS = 45
BODY = dict(zip(asap.NAMES, rig.Poses.of(asap.NAMES, asap.ABOVE, asap.OFFSETS[None], np.tile(np.eye(3), (1, 22, 1, 1))).places[0]))
BODY["Spine1"] = BODY["Spine2"]
ARM, KNEE = 75.0, 40.0


def moves(joint: str) -> np.ndarray:
    """Turns of a joint in its parent's frame, where all frames are parallel to the world at rest."""
    share = np.minimum(np.arange(STEPS) / 30, 1)
    axis, most = {"LeftArm": ("Z", -ARM), "RightArm": ("Z", ARM), "LeftLeg": ("X", KNEE)}.get(joint, ("X", 0.0))
    return euler(axis, (most * share)[:, None])


def expect_the_moves(file: str, least: int) -> BVH:
    """What every converter has to make of it: arms and knee as they were moved, upright, feet on the floor."""
    read = BVH.of(file)
    places = dict(zip(read.names, np.moveaxis(read.in_world()[1], 1, 0)))
    assert len(read.turns) >= least
    for bone, child in (("LeftArm", "LeftForeArm"), ("RightArm", "RightForeArm"), ("LeftLeg", "LeftFoot"), ("RightLeg", "RightFoot")):
        wanted = moves(bone)[-1] @ (BODY[child] - BODY[bone])
        found = places[child][-1] - places[bone][-1]
        assert np.degrees(np.arccos(found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted))) < 0.1
    assert places["Head"][-1][1] > places["Hips"][-1][1] + 50 and places["LeftUpLeg"][0][0] > places["RightUpLeg"][0][0]
    return read


def first_clip(out: pathlib.Path, name: str) -> str:
    import lzma
    import tarfile

    clips = [json.loads(line) for line in (out / name / "clips.jsonl").read_text().splitlines()]
    with tarfile.open(fileobj=lzma.open(out / clips[0]["pack"])) as pack:
        return pack.extractfile(clips[0]["file"]).read().decode()


def texts(out: pathlib.Path, name: str) -> set[str]:
    return {json.loads(line)["text"] for line in (out / name / "pairs.jsonl").read_text().splitlines()}


def test_asaps_bodies_become_a_set(tmp_path: pathlib.Path) -> None:
    poses = np.zeros((STEPS, 22, 3))
    poses[:, 0, 0] = np.pi / 2
    for joint, name in enumerate(asap.NAMES[1:], 1):
        poses[:, joint] = rig.Rotation.from_matrix(moves(name)).as_rotvec()
    np.savez(tmp_path / "video_squat_level1_amass.npz", poses=poses.reshape(STEPS, 66), trans=np.tile([0, 0, 0.9], (STEPS, 1)), mocap_framerate=30)
    convert("asap", str(tmp_path), "-o", str(tmp_path / "out"))
    expect_the_moves(first_clip(tmp_path / "out", "asap"), STEPS)
    assert texts(tmp_path / "out", "asap") == {"a person squats", "a person does a squat"}
    assert len([clip for clip in prepared(tmp_path / "out", "asap")["clips"] if not clip["mirrored"]]) == 1


def test_drawings_lose_the_t_pose_with_which_they_begin(tmp_path: pathlib.Path) -> None:
    names = [*asap.NAMES, "LeftHandEnd", "RightHandEnd"]
    parents = [*asap.ABOVE, 20, 21]
    offsets = np.concatenate([asap.OFFSETS, [[8, 0, 0], [-8, 0, 0]]])
    # z up, and a unit of their own.
    turned = euler("X", np.array([[90.0]]))[0]
    turns = np.stack([turned @ moves(name) @ turned.T for name in names], axis=1)
    turns, root = np.concatenate([turns[:1].repeat(20, axis=0), turns]), np.tile(turned @ [0, 45.0, 0], (STEPS + 20, 1))
    (tmp_path / "dab.bvh").write_text(Motion(names, parents, offsets @ turned.T / 2, {}, root, turns, 30).bvh())
    convert("drawings", str(tmp_path), "-o", str(tmp_path / "out"))
    read = expect_the_moves(first_clip(tmp_path / "out", "animateddrawings"), STEPS - 20)
    assert len(read.turns) < STEPS and "a person dabs" in texts(tmp_path / "out", "animateddrawings")
    assert len(prepared(tmp_path / "out", "animateddrawings")["clips"]) == 2


def bones(names: dict[str, str], scale: float, extra: dict[str, tuple[str, tuple[float, float, float]]]) -> list[tuple[str, str, np.ndarray]]:
    """Name, parent and offset of each bone of a rig with these names for the 21 joints."""
    result = [
        (names[joint], names.get(parent, ""), scale * (BODY[joint] - (BODY[parent] if parent else 0)))
        for joint, parent in rig.PARENTS.items()]
    return result + [(name, parent, scale * np.array(offset)) for name, (parent, offset) in extra.items()]


def glb(names: dict[str, str], animation: str) -> bytes:
    """A file of glTF whose nodes move as `moves` says."""
    tips = {names["LeftTip"]: (names["LeftHand"], (8.0, 0, 0)), names["RightTip"]: (names["RightHand"], (-8.0, 0, 0))}
    all_bones = bones(names, 0.01, tips)
    order = [name for name, _, _ in all_bones]
    nodes = [{"name": name, "translation": list(map(float, offset))} for name, _, offset in all_bones]
    for name, parent, _ in all_bones:
        if parent:
            nodes[order.index(parent)].setdefault("children", []).append(order.index(name))
    times = (np.arange(STEPS) / 30).astype("<f4")
    parts, views, accessors = [times.tobytes()], [{"buffer": 0, "byteOffset": 0}], [{"bufferView": 0, "count": STEPS, "type": "SCALAR", "componentType": 5126}]
    channels, samplers = [], []
    for joint in ("LeftArm", "RightArm", "LeftLeg"):
        views.append({"buffer": 0, "byteOffset": sum(map(len, parts))})
        parts.append(rig.Rotation.from_matrix(moves(joint)).as_quat().astype("<f4").tobytes())
        accessors.append({"bufferView": len(views) - 1, "count": STEPS, "type": "VEC4", "componentType": 5126})
        samplers.append({"input": 0, "output": len(accessors) - 1})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": order.index(names[joint]), "path": "rotation"}})
    content = json.dumps({
        "nodes": nodes, "bufferViews": views, "accessors": accessors,
        "animations": [{"name": animation, "channels": channels, "samplers": samplers}]}).encode()
    content += b" " * (-len(content) % 4)
    binary = b"".join(parts)
    return b"".join([
        b"glTF", (2).to_bytes(4, "little"), (28 + len(content) + len(binary)).to_bytes(4, "little"),
        len(content).to_bytes(4, "little"), b"JSON", content, len(binary).to_bytes(4, "little"), b"BIN\0", binary])


@pytest.mark.parametrize("names", mesh2motion.BONES, ids=["2025", "2026"])
def test_mesh2motions_nodes_become_a_set(tmp_path: pathlib.Path, names: dict[str, str]) -> None:
    (tmp_path / "animations.glb").write_bytes(glb(names, "Greeting"))
    convert("mesh2motion", str(tmp_path), "-o", str(tmp_path / "out"))
    expect_the_moves(first_clip(tmp_path / "out", "mesh2motion"), STEPS)
    assert texts(tmp_path / "out", "mesh2motion") == {"a person waves hello", "a person greets someone and waves"}
    assert len(prepared(tmp_path / "out", "mesh2motion")["clips"]) == 2


def sk(all_bones: list[tuple[str, str, np.ndarray]]) -> str:
    """A skeleton of SmartBody."""
    children: dict[str, list[tuple[str, str, np.ndarray]]] = {}
    for bone in all_bones:
        children.setdefault(bone[1], []).append(bone)

    def write(bone: tuple[str, str, np.ndarray], depth: int) -> str:
        name, _, offset = bone
        inside = "".join(write(child, depth + 1) for child in children.get(name, []))
        kind = "joint" if depth else "root"
        return f"{kind} {name}\n{{ offset {offset[0]} {offset[1]} {offset[2]}\n prerot axis 0 1 0 ang 0\n channel Quat\n{inside}}}\n"

    return "# SK\nset_name x\nskeleton\n" + write(children[""][0], 0)


def test_smartbodys_channels_become_a_set(tmp_path: pathlib.Path) -> None:
    kind = smartbody.RIGS["JtRoot"]
    names = kind.turns | kind.lies
    fingers = {kind.tips["Left"]: (names["LeftHand"], (8.0, 0, 0)), kind.tips["Right"]: (names["RightHand"], (-8.0, 0, 0))}
    # Upper arms turn in a joint between shoulder and elbow.
    twists = {kind.turns[f"{side}Arm"]: (names[f"{side}Arm"], (0, 0, 0)) for side in ("Left", "Right")}
    all_bones = [
        (name, kind.turns["LeftArm"] if name == names["LeftForeArm"] else kind.turns["RightArm"] if name == names["RightForeArm"] else parent, offset)
        for name, parent, offset in bones(names, 1, fingers)]
    all_bones += [(name, parent, np.array(offset, float)) for name, (parent, offset) in twists.items()]
    folder = tmp_path / "data/behaviorsets/Gestures2"
    (folder / "skeletons").mkdir(parents=True)
    (folder / "motions").mkdir()
    (folder / "skeletons/ChrBrad2.sk").write_text(sk(all_bones))
    moved = ["LeftUpLeg", "LeftLeg", "RightLeg", "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "Spine"]
    rows = np.concatenate([
        np.tile([[0.0, 1, 0]], (STEPS, 1)), *(rig.Rotation.from_matrix(moves(joint)).as_rotvec() for joint in moved)], axis=1)
    (folder / "motions/ChrBrad@Idle01_ArmStretch01.skm").write_text(
        "SkM\nname x\nchannels 11\nJtRoot XPos\nJtRoot YPos\nJtRoot ZPos\n" + "".join(f"{kind.turns[joint]} Quat\n" for joint in moved)
        + f"frames {STEPS}\n" + "".join(f"kt {frame / 30:.6f} fr " + " ".join(map(str, row)) + "\n" for frame, row in enumerate(rows))
        + "ready time: 0.2\n")
    (folder / "motions/ChrBrad@Unheard.skm").write_text("no channels of it\n")
    convert("smartbody", str(tmp_path), "-o", str(tmp_path / "out"))
    expect_the_moves(first_clip(tmp_path / "out", "smartbody"), STEPS)
    assert "a person stretches the arms in front of the chest" in texts(tmp_path / "out", "smartbody")
    assert len(prepared(tmp_path / "out", "smartbody")["clips"]) == 2
