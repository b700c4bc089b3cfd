"""The human side of the benchmark: clips, joint poses of the SMPL body, and the referee's own rule for contacts."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import tarfile
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIPS = pathlib.Path(__file__).with_name("clips.txt")
Array = NDArray[np.float64]

CONTACT_HEIGHT = 0.03
"""A point of the foot touches when it is lower than this over where it is while the foot stands flat, m."""
CONTACT_SPEED = 0.20
"""... and slower than this, by the central difference of its position at 30 frames per second, m/s."""
STANDING_SPEED = 0.15
"""The person stands when a foot touches and the pelvis moves slower than this over the floor, m/s ..."""
STANDING_HEIGHT = 0.8
"""... and the pelvis is higher than this share of the leg length (so that nobody sits or lies)."""


def _skeleton() -> tuple[list[str], list[int], Array, Array]:
    """Joint names, parents, rest position of the pelvis and offsets, as the Swift sources state them."""

    def block(file: str, name: str) -> str:
        source = (ROOT / "Sources/HumanBody" / file).read_text()
        match = re.search(rf"static let {name}\b[^=]*= (\[.*?\n?.*?\]|Vector3\(.*?\))\n", source, re.DOTALL)
        assert match is not None, name
        return match[1]

    names = re.findall(r'"(\w+)"', block("HumanJoint.swift", "names"))
    # SMPL's tree: spine1 to 3 on the pelvis, collars on spine3, a limb's joints three or two places apart.
    parents = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
    offsets = [
        [float(v) for v in re.findall(r"-?\d+\.\d+", text)] or [0.0, 0.0, 0.0]
        for text in re.findall(r"\.zero|Vector3\([^)]*\)", block("SMPLSkeleton.swift", "offsets"))
    ]
    pelvis = [float(v) for v in re.findall(r"-?\d+\.\d+", block("SMPLSkeleton.swift", "restPelvis"))]
    assert len(names) == len(parents) == len(offsets) == 22
    return names, parents, np.array(pelvis), np.array(offsets)


NAMES, PARENTS, REST_PELVIS, OFFSETS = _skeleton()
JOINT = {name: index for index, name in enumerate(NAMES)}
Y_UP_TO_Z_UP = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
"""From SMPL's axes (x left, y up, z ahead) to the world (x ahead, y left, z up)."""
LEG_LENGTH = float(np.mean([np.linalg.norm(OFFSETS[k]) + np.linalg.norm(OFFSETS[k + 3]) for k in (4, 5)]))
"""Thigh and shank, m."""
TOE_HEIGHT = 0.02
"""Height of the foot joint over the sole of a flat foot, m; the ankle is higher by the rest offset."""


def rotations(vectors: Array) -> Array:
    """Matrices [..., 3, 3] of rotation vectors [..., 3]."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors / np.maximum(angle[..., 0], 1e-12), -1, 0)
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*x.shape, 3, 3)
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k))


def rotation_vectors(matrices: Array) -> Array:
    """Rotation vectors [..., 3] of matrices [..., 3, 3]."""
    from scipy.spatial.transform import Rotation

    flat = Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_rotvec()
    return np.asarray(flat.reshape(*matrices.shape[:-2], 3))


@dataclass
class Clip:
    """World poses of the 22 joints (x ahead at heading 0, y left, z up) and what the referee makes of them."""

    name: str
    kind: str
    path: pathlib.Path
    """The file in the layout of AMASS that the retargeters are given."""
    fps: float
    positions: Array
    """[T, 22, 3], m."""
    rotations: Array
    """[T, 22, 3, 3]; identity in the T pose would be `Y_UP_TO_Z_UP`."""

    @property
    def count(self) -> int:
        return len(self.positions)

    def contacts(self) -> Array:
        """[T, 2, 2] of booleans: left and right, heel (ankle joint) and toe (foot joint) touch the floor."""
        labels = np.zeros((self.count, 2, 2), dtype=bool)
        for side, (ankle, toe) in enumerate([(7, 10), (8, 11)]):
            for point, (joint, standing) in enumerate([(ankle, TOE_HEIGHT - OFFSETS[toe][1]), (toe, TOE_HEIGHT)]):
                path = self.positions[:, joint]
                velocity = np.gradient(path, axis=0) * self.fps
                height = path[:, 2] - standing
                slow = np.linalg.norm(velocity, axis=1) < CONTACT_SPEED
                labels[:, side, point] = (height < CONTACT_HEIGHT) & slow
        return labels

    def standing(self) -> Array:
        """[T] of booleans: the person stands, so that the robot should be balanced."""
        pelvis = self.positions[:, 0]
        speed = np.linalg.norm(np.gradient(pelvis[:, :2], axis=0), axis=1) * self.fps
        high = pelvis[:, 2] > STANDING_HEIGHT * LEG_LENGTH
        return np.asarray((speed < STANDING_SPEED) & high & self.contacts().any(axis=(1, 2)))


def read(path: pathlib.Path, name: str = "", kind: str = "") -> Clip:
    """Reads a clip in the layout of AMASS."""
    with np.load(path) as file:
        poses, trans = file["poses"], file["trans"]
        fps = float(file["mocap_framerate"])
    count = len(poses)
    local = rotations(poses[:, :66].reshape(count, 22, 3))
    # AMASS is z up, and a body at rest faces -y there: turn by 90 degrees so that heading 0 is x.
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    position = np.zeros((count, 22, 3))
    world = np.zeros((count, 22, 3, 3))
    position[:, 0] = (trans + REST_PELVIS) @ turn.T
    world[:, 0] = turn @ local[:, 0]
    for joint in range(1, 22):
        parent = PARENTS[joint]
        position[:, joint] = position[:, parent] + world[:, parent] @ OFFSETS[joint]
        world[:, joint] = world[:, parent] @ local[:, joint]
    return Clip(name or path.stem, kind, path, fps, position, world)


def write_variant(source: pathlib.Path, target: pathlib.Path, *, heading: float = 0, noise: int | None = None) -> None:
    """Copies a clip, turned about the vertical (radians), or with white noise of 2 mm and 1 degree (a seed)."""
    with np.load(source) as file:
        arrays = {key: file[key] for key in file.files}
    poses, trans = arrays["poses"].astype(float), arrays["trans"].astype(float)
    if heading:
        c, s = np.cos(heading), np.sin(heading)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        trans = (trans + REST_PELVIS) @ turn.T - REST_PELVIS
        poses[:, :3] = rotation_vectors(turn @ rotations(poses[:, :3]))
    if noise is not None:
        random = np.random.default_rng(noise)
        trans = trans + random.normal(0, 0.002 / np.sqrt(3), trans.shape)
        shape = (len(poses), 22, 3)
        shake = rotations(random.normal(0, np.radians(1) / np.sqrt(3), shape))
        poses[:, :66] = rotation_vectors(rotations(poses[:, :66].reshape(shape)) @ shake).reshape(-1, 66)
        arrays.pop("contacts", None)
    arrays["poses"], arrays["trans"] = poses, trans
    np.savez(target, **arrays)


def listed() -> list[tuple[str, str]]:
    """Kind and id of the clips of the benchmark."""
    lines = (line.split() for line in CLIPS.read_text().splitlines() if line and not line.startswith("#"))
    return [(kind, name) for kind, name in lines]


def bvh_files(data: pathlib.Path, folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Unpacks the BVH files of the listed clips into a folder, those that are not there yet."""
    wanted = {name for _, name in listed()}
    index = {}
    for part in ("cmu", "hdm05"):
        for line in (data / part / "clips.jsonl").read_text().splitlines():
            clip = json.loads(line)
            if clip["id"] in wanted:
                index[clip["id"]] = clip
    missing = wanted - index.keys()
    if missing:
        raise SystemExit(f"{data} lacks the clips {', '.join(sorted(missing))}")
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.bvh" for name in wanted}
    packs: dict[str, list[str]] = {}
    for name, path in paths.items():
        if not path.exists():
            packs.setdefault(index[name]["pack"], []).append(name)
    for pack, names in packs.items():
        with tarfile.open(data / pack) as archive:
            members = {pathlib.PurePath(member.name).name: member for member in archive.getmembers()}
            for name in names:
                stream = archive.extractfile(members[pathlib.PurePath(index[name]["file"]).name])
                assert stream is not None
                paths[name].write_bytes(stream.read())
    return paths


def scaled_bvh(source: pathlib.Path, target: pathlib.Path, factor: float) -> None:
    """Copies a BVH file of which only the root has positions, as by a person of another size."""
    head, motion = source.read_text().split("MOTION", 1)

    def offset(match: re.Match[str]) -> str:
        return "OFFSET " + " ".join(f"{float(word) * factor:.6f}" for word in match[1].split())

    lines = motion.strip().splitlines()
    frames = []
    for line in lines[2:]:
        words = line.split()
        frames.append(" ".join([f"{float(word) * factor:.6f}" for word in words[:3]] + words[3:]))
    head = re.sub(r"OFFSET\s+([^\n]+)", offset, head)
    target.write_text(head + "MOTION\n" + "\n".join(lines[:2] + frames) + "\n")


def load(kmmctl: str, data: pathlib.Path, folder: pathlib.Path) -> list[Clip]:
    """The clips of the benchmark, read by `kmmctl convert` onto the SMPL body at 30 frames per second."""
    sources = bvh_files(data, folder / "bvh")
    clips = []
    for kind, name in listed():
        path = folder / "human" / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            subprocess.run([kmmctl, "convert", str(sources[name]), "-o", str(path)], check=True, stdout=subprocess.DEVNULL)
        clips.append(read(path, name, kind))
    return clips
