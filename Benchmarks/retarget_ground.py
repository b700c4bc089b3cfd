#!/usr/bin/env python3
"""Motion that rests on anything: the robot against the file, judged by MuJoCo and the file's own forward kinematics.

    python3 Benchmarks/retarget_ground.py --shared SHARED --robot unitree_g1 SHARED/cases/motions/ground/*.bvh

Nothing of kmmd's is used but the motion it wrote and, beside the referee's own figures, those of its report. Files are BVH with
y up and the joint names of MotionBuilder. The lowest point is that of the robot's meshes (SHARED/meshes).
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import mujoco
import numpy as np

from retargeting.referee import Motion, Referee

HERE = pathlib.Path(__file__).resolve().parent
NAMES = {
    "hip": ["UpLeg"], "knee": ["Leg"], "ankle": ["Foot"], "shoulder": ["Arm"], "elbow": ["ForeArm"], "wrist": ["Hand"],
}


def read_bvh(path: pathlib.Path) -> tuple[float, list[str], np.ndarray, np.ndarray]:
    """Frames per second, joint names, positions [T, J, 3] and offsets of end sites, in the file's axes and metres."""
    words = path.read_text(encoding="utf-8-sig").split()
    names, parents, offsets, channels, stack, index = [], [], [], [], [], 0
    while words[index].upper() != "MOTION":
        word = words[index].upper()
        if word in ("ROOT", "JOINT", "END"):
            names.append(words[index + 1] if word != "END" else f"{names[stack[-1]]}_end")
            parents.append(stack[-1] if stack else -1)
            offsets.append(np.zeros(3))
            channels.append([])
            stack.append(len(names) - 1)
            index += 2
        elif word == "OFFSET":
            offsets[stack[-1]] = np.array([float(value) for value in words[index + 1 : index + 4]])
            index += 4
        elif word == "CHANNELS":
            count = int(words[index + 1])
            channels[stack[-1]] = words[index + 2 : index + 2 + count]
            index += 2 + count
        elif word == "}":
            stack.pop()
            index += 1
        else:
            index += 1
    count = int(float(words[index + 2]))
    time = float(words[index + 5])
    values = np.array(words[index + 6 :], dtype=float)
    width = sum(len(own) for own in channels)
    count = min(count, len(values) // width)
    values = values[: count * width].reshape(count, width)
    positions = np.zeros((count, len(names), 3))
    turns = np.zeros((count, len(names), 3, 3))
    column = 0
    for joint, own in enumerate(channels):
        place = np.repeat(offsets[joint][None], count, axis=0)
        turn = np.repeat(np.eye(3)[None], count, axis=0)
        for channel in own:
            value = values[:, column]
            column += 1
            axis = "XYZ".index(channel[0].upper())
            if channel.lower().endswith("position"):
                place[:, axis] = value
            else:
                turn = turn @ rotation(axis, np.radians(value))
        if parents[joint] < 0:
            positions[:, joint], turns[:, joint] = place, turn
        else:
            up = turns[:, parents[joint]]
            positions[:, joint] = positions[:, parents[joint]] + np.einsum("tij,tj->ti", up, place)
            turns[:, joint] = up @ turn
    return 1 / time, names, positions / 100, np.array(offsets) / 100


def rotation(axis: int, angles: np.ndarray) -> np.ndarray:
    """Of an axis, [T, 3, 3]."""
    c, s = np.cos(angles), np.sin(angles)
    out = np.repeat(np.eye(3)[None], len(angles), axis=0)
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    out[:, a, a], out[:, a, b], out[:, b, a], out[:, b, b] = c, -s, s, c
    return out


def vertices(folder: pathlib.Path, model: mujoco.MjModel) -> dict[int, np.ndarray]:
    """By body: the corners of its mesh."""
    found = {}
    for name, entry in json.loads((folder / "meshes.json").read_text())["bodies"].items():
        body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name)
        if body < 0 or not entry.get("file"):
            continue
        data = (folder / entry["file"]).read_bytes()
        count = int.from_bytes(data[80:84], "little")
        kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("colour", "<u2")])
        found[body] = np.unique(np.frombuffer(data, kind, count, 84)["corners"].reshape(-1, 3), axis=0).astype(float)
    return found


def judge(referee: Referee, meshes: dict[int, np.ndarray], path: pathlib.Path, motion: Motion) -> dict[str, object]:
    """The figures of one file."""
    _, names, file, _ = read_bvh(path)
    file = file[..., [2, 0, 1]]  # the robot's world: x ahead, y left, z up
    count = min(len(file), len(motion.positions))
    model, data = referee.model, referee.data
    qpos = referee.configurations(motion)
    angles, depths, worst = np.zeros((count, len(referee.limbs))), np.zeros(count), [""] * count
    for frame in range(count):
        data.qpos[:] = qpos[frame]
        mujoco.mj_kinematics(model, data)
        for number, (start, end, *joints) in enumerate(referee.limbs):
            mine = end.world(data) - start.world(data)
            a, b = (file[frame, names.index(side_name(joint))] for joint in joints)
            cosine = mine @ (b - a) / np.linalg.norm(mine) / np.linalg.norm(b - a)
            angles[frame, number] = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        depths[frame] = np.inf
        for body, points in meshes.items():
            low = float((points @ data.xmat[body].reshape(3, 3)[2]).min() + data.xpos[body][2])
            if low < depths[frame]:
                depths[frame], worst[frame] = low, model.body(body).name
    q = qpos[:, referee.addresses]
    lowest = int(depths.argmin())
    limbs = {}
    for number, (_, _, _, end) in enumerate(referee.limbs):
        limbs.setdefault(end.split("_")[1], []).append(angles[:, number].mean())
    return {
        "mean": angles.mean(), "p95": float(np.percentile(angles, 95)), "limbs": {k: np.mean(v) for k, v in limbs.items()},
        "depth": float(depths.min()), "deepest": worst[lowest], "floats": float((depths > 0.02).mean()),
        "acceleration": float(np.abs(np.diff(q, 2, axis=0)).max() * motion.fps**2),
        "worst_second": worst_second(angles.mean(axis=1), motion.fps),
    }


def side_name(joint: str) -> str:
    side, part = joint.split("_")
    return side.capitalize() + NAMES[part][0]


def worst_second(errors: np.ndarray, fps: float) -> tuple[float, float]:
    """When it begins, and its mean."""
    size = min(int(fps), len(errors))
    means = np.convolve(errors, np.ones(size) / size, "valid")
    return float(means.argmax() / fps), float(means.max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--shared", type=pathlib.Path, default=os.environ.get("KMMD_SHARED"))
    parser.add_argument("--robot", nargs="+", default=["unitree_g1"])
    parser.add_argument("--option", nargs="*", default=[], help="further words for kmmctl retarget")
    options = parser.parse_args()
    program = os.environ.get("KMMCTL_BIN", str(HERE.parent / ".build/release/kmmctl"))
    tables = json.loads((HERE / "retargeting/gmr_tables.json").read_text())
    print("| robot | file | limbs mean, 95 % (kmmd's) | hip-knee, knee-ankle, upper arm, forearm | lowest, cm (kmmd's) "
          "| floats | rad/s² | worst second |\n|---|---|---|---|---|---|---|---|")
    for robot in options.robot:
        referee = Referee(robot, options.shared / "robots", tables)
        meshes = vertices(options.shared / "meshes" / referee.entry["folder"], referee.model)
        with tempfile.TemporaryDirectory() as folder:
            for path in options.files:
                out, report = pathlib.Path(folder) / "out.npz", pathlib.Path(folder) / "report.json"
                words = [program, "retarget", str(path), "--robot", robot, "-o", str(out), "--report", str(report)]
                done = subprocess.run(words + options.option, capture_output=True, text=True)
                if not out.exists():
                    print(f"| {robot} | {path.stem} | {done.stderr.strip()[:90]} |")
                    continue
                told = json.loads(report.read_text())["files"][0]["quality"]
                found = judge(referee, meshes, path, Motion.read(out))
                out.unlink()
                own = {key: np.degrees(value) for key, value in told.get("likeness", {}).get("all", {}).items()}
                limbs = ", ".join(f"{found['limbs'].get(k, np.nan):.0f}" for k in ("knee", "ankle", "elbow", "wrist"))
                at, worst = found["worst_second"]
                print(f"| {robot} | {path.stem} | {found['mean']:.1f}, {found['p95']:.1f} ({own.get('mean', 0):.1f}, "
                      f"{own.get('p95', 0):.1f}) | {limbs} | {100 * found['depth']:.1f} {found['deepest']} "
                      f"({100 * told.get('ground', {}).get('lowest', 0):.1f}) | {100 * found['floats']:.0f} % | "
                      f"{found['acceleration']:.0f} | {worst:.0f}° at {at:.1f} s |")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
