"""What of a reference may tell that a robot will fall under it: tilt, height, balance, flight, friction, accelerations.

Kinematics alone: no tracker is asked. All are of the reference as it was written, frame by frame.
"""

from __future__ import annotations

import pathlib
from typing import Any, Mapping

import mujoco
import numpy as np

from .reference import RATE, Array, Instant, Reference, matrix
from .tracker import TWIST2, Tracker
from .world import compiled

# A sole point as high as this over the lowest place it may stand on carries no weight, m.
_DOWN = 0.02
_GRAVITY = 9.81
# Frames over which accelerations are averaged: shorter ones are noise of the frames.
_WINDOW = 5

UNITS = {
    "tilt": "degrees between the pelvis' z axis and the vertical",
    "height": "pelvis over the floor, m",
    "support_margin": "centre of mass inside (+) or outside (-) the hull of the sole points that are down, m; NaN in flight",
    "zmp_margin": "the same of the zero-moment point of a point mass, m; NaN in flight",
    "flight": "seconds since a sole point was down, s",
    "friction": "horizontal over vertical force of a point mass (the coefficient of friction that it needs)",
    "acceleration": "horizontal acceleration of the centre of mass, mean over 0.1 s, m/s²",
    "vertical": "vertical acceleration of the centre of mass, mean over 0.1 s, m/s²",
    "sink": "how far the lowest sole point is under the floor, m",
    "joint_speed": "fastest joint, rad/s",
    "leg_acceleration": "largest acceleration of a leg joint, mean over 0.1 s, rad/s²",
    "turn_rate": "angular speed of the pelvis, rad/s",
}

# Of these the least is the worst, of all others the greatest.
LEAST = {"height", "support_margin", "zmp_margin"}


def measured(reference: Reference, tracker: Tracker) -> dict[str, Array]:
    """The measures of `UNITS`, [T] each, and the features `command` [T, n], `center` [T, 9] and `soles` [T, m]."""
    model = compiled(tracker.model)
    data = mujoco.MjData(model)
    reference = reference.ordered(tracker.joint_names)
    addresses = np.array([model.joint(name).qposadr[0] for name in tracker.joint_names])
    feet = {model.body(name).id for name in tracker.soles}
    points = [
        i for i in range(model.ngeom)
        if model.geom_bodyid[i] in feet and model.geom_type[i] == mujoco.mjtGeom.mjGEOM_SPHERE
    ]
    center, soles = np.zeros((len(reference), 3)), np.zeros((len(reference), len(points), 3))
    for t in range(len(reference)):
        data.qpos[:3], data.qpos[3:7] = reference.root_pos[t], reference.root_quat[t]
        data.qpos[addresses] = reference.joint_pos[t]
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        center[t] = data.subtree_com[1]
        soles[t] = data.geom_xpos[points] - [0, 0, model.geom_size[points[0], 0]]
    velocity = _slope(center)
    acceleration = _mean(_slope(velocity))
    joint_velocity = _slope(reference.joint_pos)
    leg = [i for i, name in enumerate(tracker.joint_names) if any(p in name for p in ("hip", "knee", "ankle"))]
    down = soles[:, :, 2] < _DOWN
    height = center[:, 2] - soles[:, :, 2].min(axis=1)
    lift = np.maximum(_GRAVITY + acceleration[:, 2], 0.1 * _GRAVITY)
    zmp = center[:, :2] - acceleration[:, :2] * (height / lift)[:, None]
    flight = np.zeros(len(reference))
    for t in range(len(reference)):
        flight[t] = 0 if down[t].any() else (flight[t - 1] if t else 0) + 1 / RATE
    upright = matrix(reference.root_quat)[:, 2, 2]
    heading = np.arctan2(matrix(reference.root_quat)[:, 1, 0], matrix(reference.root_quat)[:, 0, 0])
    seen = [_turned(values, -heading) for values in (center - reference.root_pos, velocity, acceleration)]
    return {
        "tilt": np.degrees(np.arccos(np.clip(upright, -1, 1))),
        "height": reference.root_pos[:, 2],
        "support_margin": np.array([_margin(soles[t, down[t], :2], center[t, :2]) for t in range(len(reference))]),
        "zmp_margin": np.array([_margin(soles[t, down[t], :2], zmp[t]) for t in range(len(reference))]),
        "flight": flight,
        "friction": np.linalg.norm(acceleration[:, :2], axis=1) / lift,
        "acceleration": np.linalg.norm(acceleration[:, :2], axis=1),
        "vertical": acceleration[:, 2],
        "sink": np.maximum(0, -soles[:, :, 2].min(axis=1)),
        "joint_speed": np.abs(joint_velocity).max(axis=1),
        "leg_acceleration": np.abs(_mean(_slope(joint_velocity))[:, leg]).max(axis=1),
        "turn_rate": np.linalg.norm(reference.root_ang_vel, axis=1),
        "command": np.array([TWIST2.command(reference[t]) for t in range(len(reference))]),
        "center": np.concatenate(seen, axis=1),
        "soles": soles[:, :, 2],
    }


def summary(measures: Mapping[str, Array]) -> dict[str, float]:
    """The worst of each measure over a motion."""
    worst: dict[str, float] = {}
    for name in UNITS:
        values = measures[name][np.isfinite(measures[name])]
        if len(values):
            worst[name] = round(float(values.min() if name in LEAST else np.abs(values).max()), 4)
    # How it rests at the end.
    rest = measures["support_margin"][-1]
    worst["rest_margin"] = round(float(rest), 4) if np.isfinite(rest) else -1.0
    worst["rest_tilt"] = round(float(measures["tilt"][-1]), 2)
    return worst


def write(path: pathlib.Path, measures: Mapping[str, Any]) -> None:
    """Writes the measures and features of every frame as .npz, float16 where that does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{name: np.asarray(values, np.float16) for name, values in measures.items()})


def _slope(values: Array) -> Array:
    return np.gradient(values, 1 / RATE, axis=0)


def _mean(values: Array) -> Array:
    """Running means over `_WINDOW` frames, shorter at the ends."""
    sums = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values]), axis=0)
    first = np.maximum(np.arange(len(values)) - _WINDOW // 2, 0)
    last = np.minimum(np.arange(len(values)) + _WINDOW // 2 + 1, len(values))
    return (sums[last] - sums[first]) / (last - first).reshape(-1, *[1] * (values.ndim - 1))


def _turned(values: Array, angle: Array) -> Array:
    """Vectors [T, 3] turned about z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * values[:, 0] - s * values[:, 1], s * values[:, 0] + c * values[:, 1], values[:, 2]], 1)


def _margin(points: Array, point: Array) -> float:
    """Distance of a point from the border of the hull of points in the plane: positive inside; NaN without points."""
    if not len(points):
        return float("nan")
    hull = _hull(points)
    if len(hull) < 3:
        return -float(min(_distance(point, hull[i], hull[i - 1]) for i in range(len(hull))))
    edges = np.roll(hull, -1, axis=0) - hull
    outside = point - hull
    side = edges[:, 0] * outside[:, 1] - edges[:, 1] * outside[:, 0]
    distance = min(_distance(point, hull[i], hull[(i + 1) % len(hull)]) for i in range(len(hull)))
    return float(distance if (side >= 0).all() else -distance)


def _distance(point: Array, a: Array, b: Array) -> float:
    """From a point to a segment."""
    way = b - a
    length = float(way @ way)
    share = 0.0 if length == 0 else min(1.0, max(0.0, float((point - a) @ way) / length))
    return float(np.linalg.norm(point - a - share * way))


def _hull(points: Array) -> Array:
    """The convex hull, counterclockwise (Andrew's monotone chain)."""
    ordered = sorted(map(tuple, points))

    def half(sequence: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        chain: list[tuple[float, ...]] = []
        for p in sequence:
            while len(chain) > 1 and (
                (chain[-1][0] - chain[-2][0]) * (p[1] - chain[-2][1])
                - (chain[-1][1] - chain[-2][1]) * (p[0] - chain[-2][0])
            ) <= 0:
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]) or ordered[:1])
