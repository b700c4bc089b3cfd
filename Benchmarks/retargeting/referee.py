"""The referee: MuJoCo on the robot's published model judges a motion, knowing nothing of how it was made.

Every body gets one collision shape from the box around its meshes (`facts.json` of the robot data), shrunk by a tenth:
a capsule when the box is more than twice as long as wide, else a box. Left out are pairs of adjacent bodies and pairs that
overlap while the robot stands. Soles are the model's own collision shapes of the foot, or the box around its meshes when
there are none. Limits are those of the model and the facts; what the maker does not state is `DEFAULT_VELOCITY`.
"""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from . import human

Array = NDArray[np.float64]
ROBOTS: dict[str, Any] = json.loads(pathlib.Path(__file__).with_name("robots.json").read_text())

SKIPPED = 10
"""Frames at the beginning that are not judged."""
SHRINK = 0.9
"""Collision shapes over the boxes of the facts, in length."""
COLLISION_DEPTH = 0.01
"""Deeper than this counts as a self-collision, m."""
LIMIT_MARGIN = np.radians(0.5)
"""A joint this near to the end of its range is at its limit, rad."""
DEFAULT_VELOCITY = 12.0
"""Of a joint whose maker states none, rad/s."""
ROUNDING = 1e-5
"""By which share a limit may be passed: the facts state limits in five digits."""
KEPT_HEIGHT = 0.01
"""A contact of the human is kept when the robot's sole is lower than this, m ..."""
KEPT_SPEED = human.CONTACT_SPEED
"""... and its point slower than this over the floor, m/s."""
TRAVEL = 1.0
"""Clips in which the human gets no farther than this from the start are not asked for their path length, m."""


@dataclass
class Motion:
    """A robot's motion: positions of the named joints, and the root's pose (w, x, y, z)."""

    fps: float
    joints: list[str]
    positions: Array
    root_position: Array
    root_quaternion: Array

    @staticmethod
    def read(path: pathlib.Path) -> Motion:
        """Reads what `kmmctl retarget` wrote."""
        with np.load(path) as file:
            return Motion(
                float(file["fps"]), [str(name) for name in file["joint_names"]], file["joint_pos"], file["root_pos"],
                file["root_quat"])


@dataclass
class Landmark:
    """A point fixed in a body."""

    body: int
    point: Array

    def world(self, data: mujoco.MjData) -> Array:
        return np.asarray(data.xpos[self.body] + data.xmat[self.body].reshape(3, 3) @ self.point)


@dataclass
class Foot:
    """The collision shapes of a foot, and its heel, toe and corners as it stands flat in the zero pose."""

    geoms: list[int]
    heel: Landmark
    toe: Landmark
    corners: list[Landmark] = field(default_factory=list)


class Referee:
    """Judges motions of one robot."""

    def __init__(self, name: str, robots: pathlib.Path, tables: dict[str, Any]) -> None:
        self.name = name
        self.entry = ROBOTS[name]
        folder = robots / self.entry["folder"]
        self.facts = json.loads((folder / "facts.json").read_text())
        self.model, self.data, self.shapes = _armoured(folder / self.facts["model"], self.facts)
        self.root = self.model.body(self.facts["root_body"]).id
        self.stand = _stand_pose(self.model)
        self.data.qpos[:] = self.model.qpos0
        mujoco.mj_forward(self.model, self.data)
        self._measure_landmarks()
        self.feet = [self._foot(body) for body in self._both(self.entry["foot"])]
        velocities = {joint["name"]: joint.get("velocity") for joint in self.facts["joints"]}
        self.hinges = [k for k in range(self.model.njnt) if self.model.jnt_type[k] != mujoco.mjtJoint.mjJNT_FREE]
        self.names = [self.model.joint(k).name for k in self.hinges]
        self.addresses = self.model.jnt_qposadr[self.hinges]
        self.velocity = np.array([velocities.get(name) or DEFAULT_VELOCITY for name in self.names])
        self.limited = np.array([bool(self.model.jnt_limited[k]) for k in self.hinges])
        self.range = self.model.jnt_range[self.hinges]
        self.followers = _followers(self.model, tables[name]["table1"])

    def _both(self, name: str) -> list[str]:
        """The left one and its mirror."""
        if name in self.entry.get("right", {}):
            return [name, self.entry["right"][name]]
        left, right = next(pair for pair in self.entry["mirror"] if pair[0] in name)
        return [name, name.replace(left, right, 1)]

    def _measure_landmarks(self) -> None:
        model, data = self.model, self.data

        def meeting(joints: list[str], hint: Array) -> Array:
            """The point nearest to the joints' axes, and of those the one nearest to the hint."""
            a, b = np.eye(3) * 1e-9, hint * 1e-9
            for joint in joints:
                index = model.joint(joint).id
                across = np.eye(3) - np.outer(data.xaxis[index], data.xaxis[index])
                a, b = a + across, b + across @ data.xanchor[index]
            return np.asarray(np.linalg.solve(a, b))

        def fixed(point: Array, body: int) -> Landmark:
            return Landmark(body, data.xmat[body].reshape(3, 3).T @ (point - data.xpos[body]))

        def body_of(joint: str) -> int:
            return int(model.jnt_bodyid[model.joint(joint).id])

        self.limbs: list[tuple[Landmark, Landmark, str, str]] = []
        self.hips: list[Landmark] = []
        lengths = []
        for side, word in enumerate(["left", "right"]):
            joints = {
                key: [self._both(joint)[side] for joint in ([value] if isinstance(value, str) else value)]
                for key, value in self.entry.items() if key in ("hip", "knee", "ankle", "shoulder", "elbow")
            }
            kind, body = next(iter(self.entry["wrist"].items()))
            hand = model.body(self._both(body)[side]).id
            hip = meeting(joints["hip"], data.xanchor[model.joint(joints["hip"][-1]).id])
            ankle = meeting(joints["ankle"], hip)
            knee = meeting(joints["knee"], (hip + ankle) / 2)
            shoulder = meeting(joints["shoulder"], data.xanchor[model.joint(joints["shoulder"][-1]).id])
            elbow_axis = data.xanchor[model.joint(joints["elbow"][0]).id]
            wrist = data.xpos[hand] if kind == "origin" else self._far_end(hand, elbow_axis)
            elbow = meeting(joints["elbow"], (shoulder + wrist) / 2)
            thigh, shank = body_of(joints["hip"][-1]), body_of(joints["knee"][0])
            upper, foot = body_of(joints["shoulder"][-1]), body_of(joints["ankle"][-1])
            fore = body_of(joints["elbow"][0])
            self.hips.append(fixed(hip, thigh))
            self.limbs += [
                (fixed(hip, thigh), fixed(knee, shank), f"{word}_hip", f"{word}_knee"),
                (fixed(knee, shank), fixed(ankle, foot), f"{word}_knee", f"{word}_ankle"),
                (fixed(shoulder, upper), fixed(elbow, fore), f"{word}_shoulder", f"{word}_elbow"),
                (fixed(elbow, fore), fixed(wrist, hand), f"{word}_elbow", f"{word}_wrist"),
            ]
            lengths.append(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
        self.leg_ratio = float(np.mean(lengths)) / human.LEG_LENGTH

    def _far_end(self, body: int, start: Array) -> Array:
        """The middle of the face of the body's box that is farthest from a point."""
        low, high = np.array(_boxes(self.facts)[self.model.body(body).name])
        middle = (low + high) / 2
        faces = [np.where(np.arange(3) == axis, end, middle) for axis in range(3) for end in (low[axis], high[axis])]
        world = [self.data.xpos[body] + self.data.xmat[body].reshape(3, 3) @ face for face in faces]
        return max(world, key=lambda point: float(np.linalg.norm(point - start)))

    def _foot(self, name: str) -> Foot:
        model, data = self.model, self.data
        body = model.body(name).id
        welded = [k for k in range(model.nbody) if model.body_weldid[k] == body]
        geoms = [
            k for k in range(model.ngeom)
            if model.geom_bodyid[k] in welded and k in self.shapes["own"] and _keys(model, data, k) is not None
        ]
        if not geoms:
            geoms = [k for k in self.shapes["boxes"] if model.geom_bodyid[k] in welded]
        points = np.concatenate([_keys(model, data, k) for k in geoms])
        low = points[:, 2].min()
        points = points[points[:, 2] < low + 0.012]
        ahead = data.xmat[self.root].reshape(3, 3)[:, 0]
        aside = np.cross([0, 0, 1.0], ahead)
        along, across = points @ ahead, points @ aside

        def landmark(a: float, b: float) -> Landmark:
            # The sole's height there: of the points at that end.
            near = points[np.abs(along - a) < 0.02][:, 2]
            point = a * ahead + b * aside + np.array([0, 0, near.min() if len(near) else low])
            return Landmark(body, data.xmat[body].reshape(3, 3).T @ (point - data.xpos[body]))

        middle = (across.min() + across.max()) / 2
        corners = [landmark(a, b) for a in (along.min(), along.max()) for b in (across.min(), across.max())]
        return Foot(geoms, landmark(along.min(), middle), landmark(along.max(), middle), corners)

    def configurations(self, motion: Motion) -> Array:
        """[T, nq] for MuJoCo."""
        places = {name: index for index, name in enumerate(motion.joints)}
        qpos = np.repeat(self.stand[None], len(motion.positions), axis=0)
        if self.model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE:
            qpos[:, :3], qpos[:, 3:7] = motion.root_position, motion.root_quaternion
        for name, address in zip(self.names, self.addresses):
            for spelling in (name, f"{name}_joint", name.removesuffix("_joint")):
                if spelling in places:
                    qpos[:, address] = motion.positions[:, places[spelling]]
                    break
            else:
                raise ValueError(f"{self.name}: the motion has no joint {name}")
        return np.asarray(qpos)

    def judge(self, clip: human.Clip, motion: Motion) -> dict[str, float]:
        """The rows of the table for one clip."""
        count = min(clip.count, len(motion.positions))
        if abs(len(motion.positions) - clip.count) > 1 or abs(motion.fps - clip.fps) > 1e-6:
            raise ValueError(f"{clip.name}: {len(motion.positions)} frames at {motion.fps} instead of {clip.count}")
        qpos = self.configurations(motion)[:count]
        if not np.isfinite(qpos).all():
            raise ValueError(f"{self.name} {clip.name}: not finite")
        scores = self._judge_joints(qpos, clip.fps)
        scores.update(self._judge_bodies(qpos, clip))
        return scores

    def _judge_joints(self, qpos: Array, fps: float) -> dict[str, float]:
        q = qpos[:, self.addresses]
        judged = q[SKIPPED:]
        velocity, acceleration, jerk = (np.diff(judged, order, axis=0) * fps**order for order in (1, 2, 3))
        slack = np.minimum(judged - self.range[:, 0], self.range[:, 1] - judged)[:, self.limited]
        return {
            "frames": float(len(judged)),
            "acceleration": _rms(acceleration),
            "jerk": _rms(jerk),
            "velocity_max": float(np.abs(velocity).max(initial=0)),
            "over_velocity": _share((np.abs(velocity) > self.velocity * (1 + ROUNDING)).any(axis=1)),
            "over_3pi": _share((np.abs(velocity) > 3 * np.pi).any(axis=1)),
            "at_limit": _share((slack < LIMIT_MARGIN).any(axis=1)),
            "outside_range": float((slack < -1e-6).sum()),
        }

    def _judge_bodies(self, qpos: Array, clip: human.Clip) -> dict[str, float]:
        model, data = self.model, self.data
        count = len(qpos)
        soles = np.zeros((count, 2))
        points = np.zeros((count, 2, 2, 3))
        hips = np.zeros((count, 2))
        collides = np.zeros(count, dtype=bool)
        pairs: dict[tuple[str, str], int] = {}
        bones: list[float] = []
        turns: dict[str, dict[str, list[float]]] = {}
        balanced: list[bool] = []
        contacts, standing = clip.contacts(), clip.standing()
        for frame in range(count):
            data.qpos[:] = qpos[frame]
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            for side, foot in enumerate(self.feet):
                soles[frame, side] = min(_lowest(model, data, k) for k in foot.geoms)
                points[frame, side] = foot.heel.world(data), foot.toe.world(data)
            hips[frame] = np.mean([hip.world(data)[:2] for hip in self.hips], axis=0)
            if frame < SKIPPED:
                continue
            mujoco.mj_collision(model, data)
            for contact in data.contact[: data.ncon]:
                if contact.dist < -COLLISION_DEPTH:
                    collides[frame] = True
                    a, b = sorted(model.body(int(model.geom_bodyid[k])).name for k in contact.geom)
                    pairs[a, b] = pairs.get((a, b), 0) + 1
            for start, end, human_start, human_end in self.limbs:
                mine = end.world(data) - start.world(data)
                theirs = clip.positions[frame, human.JOINT[human_end]] - clip.positions[frame, human.JOINT[human_start]]
                cosine = mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs)
                bones.append(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))))
            for part, body, joint, offset in self.followers:
                wanted = clip.rotations[frame, joint] @ offset
                trace = np.trace(wanted.T @ data.xmat[body].reshape(3, 3))
                angle = float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))
                turns.setdefault(part, {}).setdefault(human.NAMES[joint].split("_")[-1], []).append(angle)
            if standing[frame]:
                touching = [
                    corner.world(data)[:2] for side, foot in enumerate(self.feet) if contacts[frame, side].any()
                    for corner in foot.corners
                ]
                balanced.append(_inside(data.subtree_com[self.root][:2], np.array(touching)))

        judged = np.arange(count) >= SKIPPED
        touches = contacts[:count].any(axis=2) & judged[:, None]
        # Of a labelled point, heel or toe, in two frames that follow each other.
        speed = np.linalg.norm(np.diff(points[..., :2], axis=0), axis=-1) * clip.fps
        both = contacts[1:count] & contacts[: count - 1] & judged[1:, None, None]
        kept = touches & (soles < KEPT_HEIGHT)
        slow = np.ones_like(contacts[:count])
        slow[1:][both] = (speed < KEPT_SPEED)[both]
        kept &= (slow | ~contacts[:count]).all(axis=2)
        path = float(np.linalg.norm(np.diff(hips[judged], axis=0), axis=1).sum())
        middle = clip.positions[:count, [1, 2], :2].mean(axis=1)[judged]
        human_path = float(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum())
        travel = float(np.linalg.norm(middle - middle[0], axis=1).max())
        self.pairs = pairs
        # A rigid foot may follow the human's foot or its toes: the better of the two counts.
        errors = {part: min(_mean(np.array(values)) for values in joints.values()) for part, joints in turns.items()}
        return {
            "skating": 100 * _mean(speed[both]),
            "skating_p99": 100 * float(np.percentile(speed[both], 99)) if both.any() else np.nan,
            "sole_height": 100 * _mean(soles[touches]),
            "sole_distance": 100 * _mean(np.abs(soles[touches])),
            "deepest": 100 * float(max(0.0, -soles[judged].min(initial=0))),
            "collisions": _share(collides[judged]),
            "bone_error": _mean(np.array(bones)),
            **{f"{part}_error": error for part, error in errors.items()},
            "turn_error": float(np.mean(list(errors.values()))),
            "path_ratio": path / (human_path * self.leg_ratio) if travel > TRAVEL else np.nan,
            "contacts_kept": 100 * float(kept.sum() / touches.sum()) if touches.any() else np.nan,
            "balanced": _share(np.array(balanced)) if balanced else np.nan,
        }


def _armoured(path: pathlib.Path, facts: dict[str, Any]) -> tuple[mujoco.MjModel, mujoco.MjData, dict[str, list[int]]]:
    """The model with one collision shape for each body; `own` are its own shapes, `boxes` the feet's full boxes."""
    spec = mujoco.MjSpec.from_file(str(path))
    own = []
    for number, geom in enumerate(spec.geoms):
        geom.name = f"own{number}"
        if geom.contype or geom.conaffinity:
            own.append(geom.name)
        geom.contype = geom.conaffinity = 0
    for pair in list(spec.pairs):
        spec.delete(pair)
    added = []
    for name, (low, high) in _boxes(facts).items():
        body = spec.body(name)
        low, high = np.array(low), np.array(high)
        half = (high - low) / 2
        if body is None or half.max() < 0.005:
            continue
        body.add_geom(
            name=f"box-{name}", type=mujoco.mjtGeom.mjGEOM_BOX, pos=(low + high) / 2, size=np.maximum(half, 1e-4), mass=0,
            contype=0, conaffinity=0)
        half = np.maximum(half * SHRINK, 1e-4)
        long, *others = np.argsort(-half)
        armour = body.add_geom(name=f"armour-{name}", pos=(low + high) / 2, mass=0, contype=1, conaffinity=1)
        if half[long] > 2 * half[others[0]]:
            radius = float(np.mean(half[others]))
            armour.type = mujoco.mjtGeom.mjGEOM_CAPSULE
            armour.size = [radius, max(half[long] - radius, 1e-4), 0]
            axis = np.eye(3)[long]
            armour.quat = _turn_z_to(axis)
        else:
            armour.type, armour.size = mujoco.mjtGeom.mjGEOM_BOX, half
        added.append(name)
    spec.option.disableflags = 0
    model = spec.compile()
    data = mujoco.MjData(model)
    data.qpos[:] = _stand_pose(model)
    mujoco.mj_forward(model, data)
    overlapping = {
        tuple(sorted(model.body(int(model.geom_bodyid[k])).name for k in contact.geom))
        for contact in data.contact[: data.ncon] if contact.dist < 0
    }
    for a, b in overlapping:
        spec.add_exclude(bodyname1=a, bodyname2=b)
    model = spec.compile()
    shapes = {
        "own": [model.geom(name).id for name in own],
        "boxes": [k for k in range(model.ngeom) if model.geom(k).name.startswith("box-")],
    }
    return model, mujoco.MjData(model), shapes


def _turn_z_to(axis: Array) -> list[float]:
    quaternion = np.zeros(4)
    mujoco.mju_quatZ2Vec(quaternion, axis)
    return quaternion.tolist()


def _boxes(facts: dict[str, Any]) -> dict[str, Any]:
    return {body["name"]: body["box"] for body in facts["bodies"] if body.get("box")}


def _stand_pose(model: mujoco.MjModel) -> Array:
    """The model's key pose, or its zero pose."""
    return np.array(model.key_qpos[0] if model.nkey else model.qpos0)


def _keys(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> Array | None:
    """Points that lie lowest when the shape stands on them."""
    kind, size = mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom]
    centre, turn = data.geom_xpos[geom], data.geom_xmat[geom].reshape(3, 3)
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        local = np.zeros((1, 3))
    elif kind in (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_CYLINDER):
        local = np.array([[0, 0, size[1]], [0, 0, -size[1]]])
    elif kind == mujoco.mjtGeom.mjGEOM_BOX:
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        return np.asarray(centre + (signs * size) @ turn.T)
    else:
        return None
    return np.asarray(centre + local @ turn.T - [0, 0, size[0]])


def _lowest(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> float:
    """Height of the lowest point of a shape."""
    kind, size = mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom]
    height, down = data.geom_xpos[geom][2], data.geom_xmat[geom].reshape(3, 3)[2]
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return float(height - size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return float(height - size[0] - abs(down[2]) * size[1])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return float(height - abs(down[2]) * size[1] - np.sqrt(max(0.0, 1 - down[2] ** 2)) * size[0])
    return float(height - np.abs(down) @ size)


def _followers(model: mujoco.MjModel, table: list[dict[str, Any]]) -> list[tuple[str, int, int, Array]]:
    """Torso, feet and hands: part, body, SMPL joint and the body's orientation in the joint's frame.

    The orientations are those of GMR's tables, in which the robot's bodies are parallel to the human's in the T pose.
    """
    entries = {entry["joint"]: entry for entry in table}
    chosen = {
        "torso": ["spine3", "pelvis"], "foot": ["left_foot"], "hand": ["left_wrist", "left_elbow"],
    }
    followers = []
    for part, joints in chosen.items():
        joint = next(name for name in joints if name in entries)
        for name in dict.fromkeys([joint, joint.replace("left", "right")]):
            entry = entries[name]
            body = entry["body"]
            if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body) < 0:
                # A frame that only that model has, parallel to its parent.
                body = entry["parent"]
            matrix = np.zeros(9)
            mujoco.mju_quat2Mat(matrix, np.array(entry["rotation"], dtype=float))
            for segment in [name, name.replace("foot", "ankle")] if part == "foot" else [name]:
                followers.append((part, model.body(body).id, human.JOINT[segment], matrix.reshape(3, 3)))
    return followers


def _inside(point: Array, polygon: Array) -> bool:
    try:
        hull = ConvexHull(polygon)
    except QhullError:
        return False
    return bool((hull.equations[:, :2] @ point + hull.equations[:, 2] <= 0).all())


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")


def _mean(values: Array) -> float:
    return float(np.mean(values)) if values.size else float("nan")


def _share(values: NDArray[np.bool_]) -> float:
    return 100 * float(np.mean(values)) if values.size else float("nan")
