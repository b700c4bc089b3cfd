#!/usr/bin/env python3
"""Fills the bodies of a robot profile with capsules, from the boxes around the robot's meshes.

    python3 Scripts/fill_capsules.py RobotProfiles/booster_t1.json ../shared/robots/booster_t1_29dof motions/*.npz

The robot's folder holds `facts.json` (the boxes) and the MJCF that it names; the motions are what `kmmctl retarget` wrote for
this profile. Every box is filled with parallel capsules. The pairs of the profile are kept; added is each pair of bodies
that comes near in one of the motions. Left out are bodies that fewer joints join than `--apart`, and those that meet in the
stand pose already. Needs mujoco and numpy (PyPI). Writes the profile in place.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import pathlib
import re
import sys

import mujoco
import numpy as np

FILLED = 0.9
"""Share of a box's lengths that is filled: boxes stand out over the meshes in their corners."""
THICKEST = 0.06
"""Largest radius of a capsule, m: a box stands out of one by a share of it."""
MOST = 3
"""Most capsules beside one another."""
SWELL = 1.15
"""Radius over half the width: between a box's faces and its edges."""
ROUND = 0.5
"""Share of the radius by which a capsule's axis ends before the box does."""
NEAR = 0.02
"""Bodies that come nearer than this are watched, m, unless they are while the robot stands and few joints lie between."""


def filled(low: list[float], high: list[float]) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Capsules (from, to, radius) along the longest side of a box."""
    middle, half = (np.array(low) + high) / 2, FILLED * (np.array(high) - low) / 2
    small, medium, long = np.argsort(half)
    radius = min(SWELL * half[small], THICKEST)

    def places(axis: int) -> np.ndarray:
        reach = half[axis] - radius / SWELL
        count = min(MOST, 1 + math.ceil(reach / (0.9 * radius))) if reach > 0.1 * radius else 1
        return np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)

    result = []
    thin, wide = places(small), places(medium)
    for (i, a), (j, b) in itertools.product(enumerate(thin), enumerate(wide)):
        if 0 < i < len(thin) - 1 and 0 < j < len(wide) - 1:
            continue
        centre = middle.copy()
        centre[small] += a
        centre[medium] += b
        along = np.zeros(3)
        along[long] = max(half[long] - ROUND * radius, 0)
        result.append((centre - along, centre + along, float(radius)))
    return result


def separation(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Distance of two segments."""
    (p, p2), (q, q2) = a, b
    u, v, w = p2 - p, q2 - q, p - q
    uu, uv, vv, uw, vw = u @ u, u @ v, v @ v, u @ w, v @ w
    bent = uu * vv - uv * uv
    s = np.clip((uv * vw - vv * uw) / bent, 0, 1) if bent > 1e-12 else 0.0
    t = np.clip((uv * s + vw) / vv, 0, 1) if vv > 1e-12 else 0.0
    s = np.clip((uv * t - uw) / uu, 0, 1) if uu > 1e-12 else 0.0
    return float(np.linalg.norm(w + s * u - t * v))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", type=pathlib.Path)
    parser.add_argument("robot", type=pathlib.Path, help="folder with facts.json")
    parser.add_argument("motions", type=pathlib.Path, nargs="*")
    parser.add_argument("--apart", type=int, default=3, help="joints between bodies that are watched, at least")
    options = parser.parse_args()
    profile = json.loads(options.profile.read_text())
    facts = json.loads((options.robot / "facts.json").read_text())
    model = mujoco.MjModel.from_xml_path(str(options.robot / facts["model"]))
    data = mujoco.MjData(model)
    names = {model.body(k).name: k for k in range(model.nbody)}

    known = {body["name"] for body in profile["bodies"]}
    feet = {foot["body"] for foot in (profile.get("feet") or {}).values()}
    capsules = {}
    for capsule in profile["collision"]["capsules"]:
        capsules.setdefault(capsule["body"], []).append(
            (np.array(capsule["from"]), np.array(capsule["to"]), capsule["radius"]))
    for body in facts["bodies"]:
        name, box = body["name"], body.get("box")
        if not box or name in feet or name not in known or name not in names:
            continue
        if np.ptp(np.array(box), axis=0).max() > 0.04:
            capsules[name] = filled(*box)

    def pose(joints: dict[str, float]) -> None:
        data.qpos[:] = model.qpos0
        for name, value in joints.items():
            for spelling in (name, f"{name}_joint", name.removesuffix("_joint")):
                joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, spelling)
                if joint >= 0:
                    data.qpos[model.jnt_qposadr[joint]] = value
                    break
        mujoco.mj_kinematics(model, data)

    def gap(a: str, b: str) -> float:
        def world(name: str) -> list[tuple[np.ndarray, np.ndarray, float]]:
            body = names[name]
            turn, place = data.xmat[body].reshape(3, 3), data.xpos[body]
            return [(place + turn @ start, place + turn @ end, radius) for start, end, radius in capsules[name]]

        return min(separation(x[:2], y[:2]) - x[2] - y[2] for x in world(a) for y in world(b))

    def joints_between(a: str, b: str) -> int:
        def way(body: int) -> list[int]:
            chain = []
            while body:
                chain.append(body)
                body = model.body_parentid[body]
            return chain

        return sum(int(model.body_jntnum[body]) for body in set(way(names[a])) ^ set(way(names[b])))

    bodies = [name for name in capsules if name in names]
    radius = {
        name: max(np.linalg.norm(end) + r for part in capsules[name] for end, r in ((part[0], part[2]), (part[1], part[2])))
        for name in bodies
    }
    pose(profile["poses"]["stand"].get("joints", {}))
    apart = {
        (a, b): gap(a, b) for a, b in itertools.combinations(bodies, 2)
        if joints_between(a, b) >= options.apart
    }
    far = {pair: joints_between(*pair) > 5 for pair in apart}
    candidates = [pair for pair, distance in apart.items() if distance > (-NEAR if far[pair] else NEAR)]
    nearest = {pair: math.inf for pair in candidates}
    for path in options.motions:
        with np.load(path) as file:
            joints, positions = [str(name) for name in file["joint_names"]], file["joint_pos"]
        for frame in positions[::6]:
            pose(dict(zip(joints, frame)))
            for a, b in candidates:
                if np.linalg.norm(data.xpos[names[a]] - data.xpos[names[b]]) < radius[a] + radius[b] + NEAR:
                    nearest[a, b] = min(nearest[a, b], gap(a, b))
    kept = [tuple(pair) for pair in profile["collision"]["pairs"]]
    usable = {tuple(sorted(pair)) for pair in candidates}
    judged = {tuple(sorted(pair)) for pair in apart}
    dropped = [pair for pair in kept if tuple(sorted(pair)) in judged - usable]
    present = {tuple(sorted(pair)) for pair in kept}
    new = [pair for pair, distance in nearest.items() if distance < NEAR and tuple(sorted(pair)) not in present]
    pairs = [pair for pair in kept if pair not in dropped] + new
    watched = {name for pair in pairs for name in pair}

    def number(value: float) -> str:
        return f"{round(float(value), 4) + 0:g}"

    def place(values: np.ndarray) -> str:
        return "[" + ", ".join(map(number, values)) + "]"

    lines = [
        f'      {{"body": "{name}", "from": {place(start)}, "to": {place(end)}, "radius": {number(r)}}}'
        for name, parts in capsules.items() if name in watched for start, end, r in parts
    ]
    rows = [f'      ["{a}", "{b}"]' for a, b in pairs]
    text = options.profile.read_text()
    section = '"collision": {\n    "capsules": [\n' + ",\n".join(lines) + "\n    ],\n    \"pairs\": [\n" + ",\n".join(rows) + "\n    ]\n  }"
    text, count = re.subn(r'"collision": \{.*?\n  \}', lambda _: section, text, count=1, flags=re.S)
    if count != 1:
        sys.exit(f"{options.profile}: found no collision section of the expected form")
    options.profile.write_text(text)
    print(f"{options.profile}: {len(lines)} capsules, {len(pairs)} pairs; new {len(new)}, met while standing {dropped}")


if __name__ == "__main__":
    main()
