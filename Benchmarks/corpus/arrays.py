"""Arrays as data sets, pose trackers and models of motion write them, made of one motion of the SMPL body, so that what is right is
known: rotations in many layouts, positions in many orders, rows of features, and dictionaries in pickles."""

from __future__ import annotations

import pathlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from figures import PARENTS, SMPL, Array, smpl

REST_PELVIS = np.array([-0.001795, -0.223333, 0.028219])
"""SMPL's pelvis at rest, which translations leave out."""
Z_UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]])
"""From y up to z up."""


class Body:
    """A motion: local rotations [T, 22, 3, 3] and pelvis [T, 3], y up, metres."""

    def __init__(self, local: Array, pelvis: Array, rate: float) -> None:
        self.local, self.pelvis, self.rate, self.count = local, pelvis, rate, len(local)
        self.world = np.zeros_like(local)
        for joint, parent in enumerate(PARENTS):
            self.world[:, joint] = local[:, 0] if parent < 0 else self.world[:, parent] @ local[:, joint]
        self.places = smpl(local, pelvis)
        self.joints = np.stack([self.places[name] for name in SMPL], axis=1)
        self.vectors = _vectors(local)
        self.translation = pelvis - REST_PELVIS

    def near(self, joint: str, offset: list[float]) -> Array:
        """A point that a joint carries."""
        index = SMPL.index(joint)
        return np.asarray(self.joints[:, index] + np.einsum("tij,j->ti", self.world[:, index], np.array(offset)))

    def point(self, name: str) -> Array:
        """A point by the word of `ORDERS`."""
        side, _, part = name.partition("_")
        out = 1.0 if side == "l" else -1.0
        long = "left" if side == "l" else "right"
        match name:
            case "hips":
                return np.asarray((self.places["left_hip"] + self.places["right_hip"]) / 2)
            case "shoulders":
                return np.asarray((self.places["left_shoulder"] + self.places["right_shoulder"]) / 2)
            case "trunk":
                return np.asarray((self.point("hips") + self.point("shoulders")) / 2)
            case "nose" | "face":
                return self.near("head", [0, 0.06, 0.11])
            case "top":
                return self.near("head", [0, 0.2, 0.02])
        match part:
            case "eye":
                return self.near("head", [0.03 * out, 0.1, 0.09])
            case "ear":
                return self.near("head", [0.075 * out, 0.07, 0.01])
            case "palm":
                return self.near(f"{long}_wrist", [0.09 * out, 0, 0])
            case "heel":
                return self.near(f"{long}_ankle", [0, -0.05, -0.05])
            case "big":
                return self.near(f"{long}_foot", [0, -0.01, 0.06])
            case "small":
                return self.near(f"{long}_foot", [0.04 * out, -0.01, 0.04])
        return self.places[name if name in self.places else f"{long}_{part}"]

    def points(self, order: str) -> Array:
        """[T, points, 3] in an order."""
        return np.stack([self.point(name) for name in ORDERS[order]], axis=1)


_COCO = (
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist l_hip r_hip l_knee r_knee l_ankle r_ankle"
)
ORDERS = {
    name: words.split() for name, words in {
        "smpl": " ".join(SMPL),
        "coco": _COCO,
        "human36m": "hips r_hip r_knee r_ankle l_hip l_knee l_ankle trunk shoulders nose top l_shoulder l_elbow l_wrist r_shoulder "
        "r_elbow r_wrist",
        "human36m_32": "hips r_hip r_knee r_ankle r_foot r_big l_hip l_knee l_ankle l_foot l_big hips spine2 shoulders nose top "
        "shoulders l_shoulder l_elbow l_wrist l_wrist l_palm l_palm l_palm shoulders r_shoulder r_elbow r_wrist r_wrist r_palm "
        "r_palm r_palm",
        "body_25": "nose shoulders r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist hips r_hip r_knee r_ankle l_hip l_knee "
        "l_ankle r_eye l_eye r_ear l_ear l_big l_small l_heel r_big r_small r_heel",
        "kinect": "pelvis spine2 neck head l_shoulder l_elbow l_wrist l_palm r_shoulder r_elbow r_wrist r_palm l_hip l_knee l_ankle "
        "l_foot r_hip r_knee r_ankle r_foot shoulders l_palm l_palm r_palm r_palm",
        "panoptic": "shoulders nose hips l_shoulder l_elbow l_wrist l_hip l_knee l_ankle r_shoulder r_elbow r_wrist r_hip r_knee "
        "r_ankle l_eye l_ear r_eye r_ear",
        "halpe": _COCO + " top shoulders hips l_big r_big l_small r_small l_heel r_heel",
        "whole_body": _COCO + " l_big l_small l_heel r_big r_small r_heel" + 68 * " face" + 21 * " l_palm" + 21 * " r_palm",
        "blaze": "nose l_eye l_eye l_eye r_eye r_eye r_eye l_ear r_ear face face l_shoulder r_shoulder l_elbow r_elbow l_wrist "
        "r_wrist" + 3 * " l_palm r_palm" + " l_hip r_hip l_knee r_knee l_ankle r_ankle l_heel r_heel l_big r_big",
        "kit": "pelvis spine1 spine3 neck head r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist r_hip r_knee r_ankle r_heel "
        "r_foot l_hip l_knee l_ankle l_heel l_foot",
    }.items()
}


def _vectors(matrices: Array) -> Array:
    """Rotation vectors [..., 3] of matrices [..., 3, 3]."""
    trace = np.clip((np.trace(matrices, axis1=-2, axis2=-1) - 1) / 2, -1, 1)
    angle = np.arccos(trace)
    skew = matrices - np.swapaxes(matrices, -1, -2)
    axis = np.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], axis=-1)
    scale = np.where(angle < 1e-6, 0.5, angle / np.maximum(2 * np.sin(angle), 1e-9))
    return np.asarray(axis * scale[..., None])


@dataclass
class Kind:
    """What one project writes."""

    ending: str
    arrays: Callable[[Body], Any]
    """A dictionary for .npz, an array for .npy, anything for .pkl."""
    right: dict[str, Any] = field(default_factory=dict)
    """As in cases.json; the bounds of `arrays` there when it names none."""
    packed: bool = False
    """It holds Python objects: `kmmd.unpickle` has to come first, and kmmctl says so."""


def _humanml3d(body: Body) -> Array:
    """Features of HumanML3D: half the turn from frame to frame, speed, height, and positions, seen from the root."""
    across = body.places["left_hip"] - body.places["right_hip"] + body.places["left_shoulder"] - body.places["right_shoulder"]
    half = -np.unwrap(np.arctan2(-across[:, 2], across[:, 0])) / 2

    def turned(angle: Array, v: Array) -> Array:
        c, s = np.cos(2 * angle), np.sin(2 * angle)
        return np.stack([c * v[..., 0] + s * v[..., 2], v[..., 1], c * v[..., 2] - s * v[..., 0]], axis=-1)

    # The first frame looks ahead from the origin.
    places = turned(np.full((body.count, 1), half[0]), body.joints)
    half = half - half[0]
    root = places[:, 0] * [1, 0, 1]
    rows = np.zeros((body.count - 1, 263))
    rows[:, 0] = np.diff(half)
    rows[:, 1:3] = turned(half[1:], root[1:] - root[:-1])[:, [0, 2]]
    rows[:, 3] = places[:-1, 0, 1]
    rows[:, 4:67] = turned(half[:, None], places - root[:, None])[:-1, 1:].reshape(-1, 63)
    return rows


def _with(array: Array, width: int) -> Array:
    """Rows with zeros behind them."""
    rows = array.reshape(len(array), -1)
    return np.concatenate([rows, np.zeros((len(rows), width - rows.shape[1]))], axis=1)


def _hands(body: Body) -> Array:
    """Rotations of SMPL's 24 joints."""
    return np.concatenate([body.local, np.tile(np.eye(3), (body.count, 2, 1, 1))], axis=1)


def _z_up(body: Body) -> Body:
    local = body.local.copy()
    local[:, 0] = Z_UP @ local[:, 0]
    return Body(local, body.pelvis @ Z_UP.T, body.rate)


def _parts(body: Body) -> dict[str, Array]:
    return {"global_orient": body.vectors[:, 0], "body_pose": body.vectors[:, 1:].reshape(body.count, 63), "transl": body.translation}


def _tracker(order: str, key: str = "keypoints", change: Callable[[Array], Array] = lambda points: points) -> Callable[[Body], Any]:
    return lambda body: {key: change(body.points(order)), "fps": np.array(body.rate)}


def _around_hips(points: Array) -> Array:
    """MediaPipe's world landmarks: from the middle of the hips, y down, with a visibility."""
    centred = points - (points[:, 23] + points[:, 24])[:, None] / 2
    return np.concatenate([centred * [1, -1, -1], np.ones((*points.shape[:2], 1))], axis=-1)


def _pixels(points: Array) -> Array:
    return np.concatenate([500 + 300 * points[..., :2] * [1, -1], np.full((*points.shape[:2], 1), 0.9)], axis=-1)


def _images(body: Body) -> dict[str, Any]:
    turns = _hands(body)
    return {
        f"outputs/{frame:06d}.jpg": {
            "time": frame, "tid": [1], "camera": [np.zeros(3)],
            "smpl": [{"global_orient": turns[frame, :1], "body_pose": turns[frame, 1:], "betas": np.zeros(10)}],
        }
        for frame in range(body.count)
    }


_RATE = {"options": ["--input-rate", "30"]}

KINDS: dict[str, Kind] = {
    "amass": Kind("npz", lambda b: {
        "poses": _with(_z_up(b).vectors, 156), "trans": _z_up(b).translation, "mocap_framerate": np.array(b.rate),
        "gender": np.array("neutral"), "betas": np.ones(16)}),
    "no_rate": Kind("npz", lambda b: {"poses": _with(b.vectors, 72), "trans": b.translation}, {"refused": "frame rate"}),
    "six_numbers": Kind(
        "npz", lambda b: {"poses": b.local[..., :2, :].reshape(b.count, 132), "trans": b.translation, "fps": np.array(30.0)},
        {"refused": "six numbers"}),
    "motion_x": Kind("npy", lambda b: _with(np.concatenate([_with(b.vectors, 309), b.translation], axis=1), 322), _RATE),
    "humanml3d": Kind("npy", _humanml3d, _RATE),
    "humanml3d_normalized": Kind(
        "npy", lambda b: (_humanml3d(b) - _humanml3d(b).mean(axis=0)) / (_humanml3d(b).std(axis=0) + 1e-6), {"refused": "normalized"}),
    "humanml3d_joints": Kind("npy", lambda b: b.joints.astype(np.float32), _RATE),
    "kimodo": Kind("npz", lambda b: {
        "posed_joints": b.joints, "local_rot_mats": b.local, "root_positions": b.pelvis, "foot_contacts": np.zeros((b.count, 4))},
        _RATE),
    "coco": Kind("npz", _tracker("coco")),
    "coco_z_up_centimetres": Kind("npz", _tracker("coco", change=lambda points: points @ Z_UP.T * 100)),
    "coco_in_an_image": Kind("npz", _tracker("coco", change=_pixels), {"refused": "image"}),
    "unknown_17": Kind("npz", _tracker("coco", change=lambda points: points[:, ::-1]), {"refused": "no person"}),
    "human36m": Kind("npz", _tracker("human36m", "keypoints_3d", lambda points: points * 1000)),
    "human36m_32": Kind("npz", _tracker("human36m_32", "joints", lambda points: points * 1000)),
    "openpose": Kind("npz", _tracker("body_25")),
    "kinect_ntu": Kind("npz", _tracker("kinect", "joints")),
    "panoptic": Kind("npz", _tracker("panoptic", "joints", lambda points: points * 100)),
    "halpe": Kind("npz", _tracker("halpe")),
    "coco_whole_body": Kind("npz", _tracker("whole_body")),
    "mediapipe": Kind("npz", _tracker("blaze", "pose_world_landmarks", _around_hips)),
    "kit": Kind("npz", _tracker("kit", "joints", lambda points: points * 1000)),
    "aist": Kind("pkl", lambda b: {
        "smpl_poses": _with(b.vectors, 72), "smpl_trans": b.translation * 90, "smpl_scaling": np.array([90.0])}, packed=True),
    "mdm": Kind("npy", lambda b: {
        "motion": np.moveaxis(b.joints, 0, -1)[None], "text": ["a walk"], "lengths": np.array([b.count]), "num_samples": 1},
        packed=True),
    "mdm_bodies": Kind("npy", lambda b: {
        "thetas": np.moveaxis(_hands(b)[..., :2, :].reshape(b.count, 24, 6), 0, -1), "root_translation": b.translation.T},
        packed=True),
    "wham": Kind("pkl", lambda b: {0: {
        "pose_world": _with(b.vectors, 72), "trans_world": b.translation, "pose": _with(0 * b.vectors, 72), "trans": 0 * b.translation}},
        packed=True),
    "tram": Kind("npy", lambda b: {"pred_rotmat": _hands(b), "pred_trans": b.translation[:, None]}, packed=True),
    "gvhmr": Kind("pkl", lambda b: {"smpl_params_global": _parts(b), "smpl_params_incam": _parts(_z_up(b))}, packed=True),
    "prompthmr": Kind("pkl", lambda b: {"fps": 30, "people": {"1": {"smplx_world": {
        "pose": _with(b.vectors, 165), "trans": b.translation, "shape": np.zeros((b.count, 10))}}}}, packed=True),
    "interhuman": Kind("pkl", lambda b: {"mocap_framerate": 30.0, "frames": b.count, "person1": {
        "trans": _z_up(b).translation, "root_orient": _z_up(b).vectors[:, 0], "pose_body": _parts(b)["body_pose"]}}, packed=True),
    "arctic": Kind("npy", _parts, packed=True),
    "grab": Kind("npz", lambda b: {
        "gender": np.array("male"), "framerate": np.array(30.0), "body": np.array({"params": _parts(_z_up(b))}, dtype=object)},
        packed=True),
    "4dhumans": Kind("pkl", _images, packed=True),
}


def write(kind: Kind, body: Body, path: pathlib.Path) -> None:
    """Writes what a project would of a motion."""
    held = kind.arrays(body)
    if kind.ending == "npz":
        np.savez(path, **held)
    elif kind.ending == "npy":
        np.save(path, held, allow_pickle=True)
    else:
        path.write_bytes(pickle.dumps(held))
