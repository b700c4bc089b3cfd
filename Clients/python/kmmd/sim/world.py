"""A simulated robot: MuJoCo, the joints' controllers, and what disturbs it."""

from __future__ import annotations

import copy
import functools
import pathlib
from dataclasses import asdict, dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import ArrayLike

from .reference import Array, Instant
from .tracker import State, Tracker

# Terrain: caps of large spheres that stand out of the floor, so many metres apart, over a square that no rollout leaves.
# (A height field is no alternative: on one of 0.1 mm a robot falls that walks on the plane; small spheres roll badly on it.)
_CAP_RADIUS, _SPACING, _WIDTH = 3.0, 0.5, 24.0


@dataclass(frozen=True)
class Disturbances:
    """What makes a world harder than the flat, known floor. All that is random follows from `seed`."""

    push: float = 0
    """Horizontal velocity, m/s, that the pelvis is given at once, in a random direction, every `push_every` seconds."""
    push_every: float = 4
    friction: float | None = None
    """Of the floor; None: as the model has it."""
    mass: float = 1
    """Factor of all masses and inertias."""
    delay: float = 0
    """Seconds from an observation until its action reaches the joints."""
    terrain: float = 0
    """Height of the bumps of the floor, m."""
    seed: int = 0

    @classmethod
    def drawn(cls, seed: int) -> Disturbances:
        """Disturbances of random size: pushes to 0.5 m/s, friction 0.5 to 1.6, mass ±10 %, delay to 40 ms, bumps to 1 cm."""
        random = np.random.default_rng(seed)
        return cls(
            push=round(random.uniform(0, 0.5), 3), friction=round(random.uniform(0.5, 1.6), 3),
            mass=round(random.uniform(0.9, 1.1), 3), delay=round(random.uniform(0, 0.04), 3),
            terrain=round(random.uniform(0, 0.01), 4), seed=seed,
        )

    def described(self) -> dict[str, Any]:
        """Those that differ from none, for results."""
        return {key: value for key, value in asdict(self).items() if value != getattr(Disturbances, key, None)}


@functools.lru_cache
def compiled(model: pathlib.Path) -> mujoco.MjModel:
    """A model, read once. Copy it before changing it."""
    return mujoco.MjModel.from_xml_path(str(model))


class World:
    """One robot under one tracker. For one thread."""

    def __init__(self, tracker: Tracker, disturbances: Disturbances = Disturbances()) -> None:
        self.tracker = tracker
        self.disturbances = disturbances
        self._random = np.random.default_rng(disturbances.seed)
        self.model = self._rough(tracker, disturbances) if disturbances.terrain else copy.copy(compiled(tracker.model))
        self.data = mujoco.MjData(self.model)
        if disturbances.mass != 1:
            self.model.body_mass *= disturbances.mass
            self.model.body_inertia *= disturbances.mass
            mujoco.mj_setConst(self.model, self.data)
        if disturbances.friction is not None:
            self.model.geom_friction[self.model.geom_bodyid == 0, 0] = disturbances.friction
        joints = [self.model.joint(name) for name in tracker.joint_names]
        self._positions = np.array([joint.qposadr[0] for joint in joints])
        self._speeds = np.array([joint.dofadr[0] for joint in joints])
        self._motors = np.array([self.model.actuator(name).id for name in tracker.joint_names])
        self._control()
        soles = {self.model.body(name).id for name in tracker.soles}
        sphere = mujoco.mjtGeom.mjGEOM_SPHERE
        self.soles = [
            i for i in range(self.model.ngeom) if self.model.geom_bodyid[i] in soles and self.model.geom_type[i] == sphere
        ]
        self._steps = round(1 / (tracker.rate * self.model.opt.timestep))
        self._lag = round(disturbances.delay / self.model.opt.timestep)
        self._pending: list[tuple[int, Array]] = []
        self._next_push: float | None = None

    @staticmethod
    def _rough(tracker: Tracker, disturbances: Disturbances) -> mujoco.MjModel:
        spec = mujoco.MjSpec.from_file(str(tracker.model))
        random = np.random.default_rng([disturbances.seed, 1])
        floor = spec.geom("floor")
        for x in np.arange(-_WIDTH / 2, _WIDTH / 2, _SPACING):
            for y in np.arange(-_WIDTH / 2, _WIDTH / 2, _SPACING):
                height = random.uniform(0, disturbances.terrain)
                aside = random.uniform(0, _SPACING, 2)
                spec.worldbody.add_geom(
                    type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[_CAP_RADIUS, 0, 0],
                    pos=[x + aside[0], y + aside[1], height - _CAP_RADIUS], friction=floor.friction,
                    priority=floor.priority, condim=floor.condim, rgba=[0.8, 0.8, 0.8, 1],
                )
        return spec.compile()

    def _control(self) -> None:
        """Makes the motors hold what they are told: torque = stiffness · (target − position) − damping · velocity, clipped."""
        model, tracker = self.model, self.tracker
        model.actuator_gaintype[self._motors] = mujoco.mjtGain.mjGAIN_FIXED
        model.actuator_biastype[self._motors] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_gainprm[self._motors, 0] = tracker.stiffness
        model.actuator_biasprm[self._motors, 1] = -tracker.stiffness
        model.actuator_biasprm[self._motors, 2] = -tracker.damping
        model.actuator_forcelimited[self._motors] = 1
        model.actuator_forcerange[self._motors] = np.stack([-tracker.torque, tracker.torque], 1)

    def place(self, pose: Instant, height: float | None = None, over: ArrayLike = (0, 0)) -> None:
        """Puts the robot at rest `over` a point of the floor in a pose; without `height` the lowest sole touches the floor."""
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[3:7] = pose.root_quat / np.linalg.norm(pose.root_quat)
        self.data.qpos[self._positions] = pose.joint_pos
        self.data.qpos[2] = pose.root_pos[2]
        if height is None:
            mujoco.mj_kinematics(self.model, self.data)
            lowest = min(self.data.geom_xpos[i, 2] - self.model.geom_size[i, 0] for i in self.soles)
            height = self.data.qpos[2] - lowest
        # On bumps the robot drops by at most their height.
        self.data.qpos[:3] = *np.asarray(over, np.float64), height + self.disturbances.terrain
        mujoco.mj_forward(self.model, self.data)
        self.data.ctrl[self._motors] = pose.joint_pos
        self._pending.clear()
        self._next_push = None
        self.tracker.reset()

    @property
    def state(self) -> State:
        """What the sensors say."""
        data = self.data
        return State(
            data.qpos[:3].copy(), data.qpos[3:7].copy(), data.qvel[3:6].copy(), data.qpos[self._positions],
            data.qvel[self._speeds],
        )

    @property
    def has_fallen(self) -> bool:
        """The pelvis is under 0.35 m, or over 60 degrees from upright."""
        _, x, y, _ = self.data.qpos[3:7]
        return bool(self.data.qpos[2] < 0.35 or 1 - 2 * (x * x + y * y) < 0.5)

    def push_from_now(self) -> None:
        """Begins to push, after a random part of the interval."""
        if self.disturbances.push:
            self._next_push = self.data.time + self._random.uniform(0, self.disturbances.push_every)

    def advance(self, reference: Instant) -> None:
        """Follows a frame of the reference for a fiftieth of a second."""
        for _ in range(self.tracker.rate // 50):
            self._push()
            self._pending.append((self._lag, self.tracker.targets(self.state, reference)))
            left = self._steps
            while left:
                while self._pending and self._pending[0][0] == 0:
                    self.data.ctrl[self._motors] = self._pending.pop(0)[1]
                steps = min([left, *(lag for lag, _ in self._pending)])
                mujoco.mj_step(self.model, self.data, steps)
                self._pending = [(lag - steps, targets) for lag, targets in self._pending]
                left -= steps

    def _push(self) -> None:
        if self._next_push is not None and self.data.time >= self._next_push:
            angle = self._random.uniform(0, 2 * np.pi)
            self.data.qvel[:2] += self.disturbances.push * np.array([np.cos(angle), np.sin(angle)])
            self._next_push += self.disturbances.push_every
