"""Trackers: policies that make a simulated robot follow a reference."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .reference import Array, Instant, euler, matrix

ASSETS = pathlib.Path(__file__).parent / "assets"


@dataclass(frozen=True)
class State:
    """The measured robot. Root in the world, angular velocity in the root's own axes, joints in the tracker's order."""

    root_pos: Array
    root_quat: Array
    gyro: Array
    joint_pos: Array
    joint_vel: Array


class Tracker(Protocol):
    """A policy for one robot. Whoever has another one writes a class with these members: `--tracker MODULE:CLASS`."""

    robot: str
    """The name of kmmd's profile."""
    model: pathlib.Path
    """MJCF in which the policy is simulated: one motor for each joint, named like it, and a geom `floor`."""
    rate: int
    """Inferences a second; 50 or a multiple of it."""
    joint_names: tuple[str, ...]
    stiffness: Array
    """N m/rad, as `damping` in N m s/rad and `torque` in N m for each joint."""
    damping: Array
    torque: Array
    stand: Instant
    """What is asked for while the robot stands."""
    start: Instant
    """The pose in which the simulation begins for motions that do not begin at rest."""
    soles: tuple[str, ...]
    """Bodies whose spheres touch the floor when the robot stands."""

    def reset(self) -> None:
        """Forgets what it has seen."""

    def targets(self, state: State, reference: Instant) -> Array:
        """The joint positions, rad, that the joints' controllers are given until the next inference."""


_LEG = ["hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll"]
_ARM = ["shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow", "wrist_roll", "wrist_pitch", "wrist_yaw"]
_JOINTS = tuple(
    [f"{side}_{name}_joint" for side in ("left", "right") for name in _LEG]
    + [f"waist_{axis}_joint" for axis in ("yaw", "roll", "pitch")]
    + [f"{side}_{name}_joint" for side in ("left", "right") for name in _ARM]
)


class TWIST2:
    """TWIST2's student policy for the Unitree G1 (arXiv 2511.02832; amazon-far/TWIST2@d5c7108, MIT).

    It sees the reference of this instant and ten former observations; it has no position feedback. It was trained and runs
    on the robot at 50 Hz. Its authors' simulation runs it at 100 Hz, where it is a much worse controller.
    """

    robot = "unitree_g1"
    model = ASSETS / "g1_29dof_twist2.xml"
    soles = ("left_ankle_roll_link", "right_ankle_roll_link")

    joint_names = _JOINTS
    neutral = np.array(
        2 * [-0.2, 0, 0, 0.4, -0.2, 0] + 3 * [0] + [0, 0.4, 0, 1.2, 0, 0, 0] + [0, -0.4, 0, 1.2, 0, 0, 0], np.float64
    )
    stiffness = np.array(2 * [100, 100, 100, 150, 40, 40] + 3 * [150] + 2 * [40, 40, 40, 40, 4, 4, 4], np.float64)
    damping = np.array(2 * [2, 2, 2, 4, 2, 2] + 3 * [4] + 2 * [5, 5, 5, 5, 0.2, 0.2, 0.2], np.float64)
    torque = stiffness

    _ANKLES = [4, 5, 10, 11]
    _FORMER = 10
    # Numbers seen of one instant: reference, gyro, roll and pitch, joints, their velocities, the last output.
    _SEEN = 35 + 3 + 2 + 3 * 29

    def __init__(self, network: pathlib.Path = ASSETS / "twist2_1017_20k.onnx", rate: int = 50) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Rollouts run beside one another: one processor each.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        self.rate = rate
        upright = np.array([1.0, 0, 0, 0])
        still = np.zeros(3)
        self.stand = Instant(np.array([0, 0, 0.8]), upright, still, still, self.neutral)
        relaxed = self.neutral.copy()
        relaxed[[16, 23]] = 0.2, -0.2
        self.start = Instant(np.array([0, 0, 0.793]), upright, still, still, relaxed)
        self.reset()

    def reset(self) -> None:
        self._former = np.zeros((self._FORMER, self._SEEN), np.float32)
        self._output = np.zeros(29, np.float32)

    def targets(self, state: State, reference: Instant) -> Array:
        asked = self.command(reference)
        roll, pitch, _ = euler(state.root_quat)
        velocity = state.joint_vel.copy()
        velocity[self._ANKLES] = 0
        seen = np.concatenate(
            [asked, 0.25 * state.gyro, [roll, pitch], state.joint_pos - self.neutral, 0.05 * velocity, self._output]
        ).astype(np.float32)
        observation = np.concatenate([seen, self._former.ravel(), asked.astype(np.float32)])
        self._output = self._session.run(["output"], {"input": observation[None]})[0][0]
        self._former = np.concatenate([self._former[1:], seen[None]])
        return self.neutral + 0.5 * np.clip(self._output.astype(np.float64), -10, 10)

    @staticmethod
    def command(reference: Instant) -> Array:
        """The 35 numbers of a reference, those of the sink `twist2`."""
        to_pelvis = matrix(reference.root_quat).T
        linear, angular = to_pelvis @ reference.root_lin_vel, to_pelvis @ reference.root_ang_vel
        roll, pitch, _ = euler(reference.root_quat)
        return np.concatenate(
            [linear[:2], [reference.root_pos[2], roll, pitch, angular[2]], reference.joint_pos]
        )
