"""The peer: frame-by-frame retargeting as GMR publishes it (Araujo et al., "Retargeting Matters", 2025), on mink and MuJoCo.

Each frame two stacks of weighted frame tasks are solved one after the other by differential inverse kinematics until the
error stops falling. Scales, weights and offsets are the published tables (`gmr_tables.json`, from YanjieZe/GMR, MIT, and
forks of it, named there). Joint ranges are the only limits, as in the published code.
"""

from __future__ import annotations

import json
import pathlib
import time
from typing import Any

import mink
import mujoco
import numpy as np
from numpy.typing import NDArray

from . import human
from .referee import ROBOTS, Motion

MEAN_HEIGHT = 1.66
"""Height that the method takes for the mean body (zero betas), m."""
DAMPING = 0.5
LEVENBERG_MARQUARDT = 1.0
ITERATIONS = 10
PROGRESS = 1e-3


class Retargeter:
    """One robot, one clip."""

    def __init__(self, robot: str, robots: pathlib.Path, table: dict[str, Any]) -> None:
        entry = ROBOTS[robot]
        folder = robots / entry["folder"]
        file = entry.get("gmr_model") or json.loads((folder / "facts.json").read_text())["model"]
        self.model = mujoco.MjModel.from_xml_path(str(folder / file))
        self.configuration = mink.Configuration(self.model)
        self.limits = [mink.ConfigurationLimit(self.model)]
        self.table = table
        self.offsets = {item["joint"]: item for item in table["table1"]}
        self.stages = [self._tasks(table[stage]) for stage in ("table1", "table2") if table[stage]]

    def _tasks(self, entries: list[dict[str, Any]]) -> list[tuple[str, mink.FrameTask]]:
        return [
            (
                entry["joint"],
                mink.FrameTask(
                    frame_name=entry["body"], frame_type="body", position_cost=entry["position_weight"],
                    orientation_cost=entry["rotation_weight"], lm_damping=LEVENBERG_MARQUARDT),
            )
            for entry in entries if entry["position_weight"] or entry["rotation_weight"]
        ]

    def _targets(
        self, positions: NDArray[np.float64], rotations: NDArray[np.float64], height: float
    ) -> dict[str, mink.SE3]:
        ratio = height / self.table["human_height"]
        scale = self.table["scale"]
        root = positions[0]
        targets = {}
        for joint, item in self.offsets.items():
            index = human.JOINT[joint]
            # A joint without a scale keeps its place.
            factor = scale.get(joint, 1.0) * ratio
            position = root * scale["pelvis"] * ratio + (positions[index] - root) * factor * (index != 0)
            turn = np.zeros(9)
            mujoco.mju_quat2Mat(turn, np.array(item["rotation"]))
            rotation = rotations[index] @ turn.reshape(3, 3)
            offset = np.array(item["position"]) - [0, 0, self.table["ground_height"]]
            targets[joint] = mink.SE3.from_rotation_and_translation(
                mink.SO3.from_matrix(rotation), position + rotation @ offset)
        return targets

    def _solve(self, stage: list[tuple[str, mink.FrameTask]], targets: dict[str, mink.SE3]) -> None:
        tasks = [task for _, task in stage]
        for joint, task in stage:
            task.set_target(targets[joint])

        def error() -> float:
            return float(np.linalg.norm(np.concatenate([task.compute_error(self.configuration) for task in tasks])))

        def step() -> None:
            dt = self.model.opt.timestep
            velocity = mink.solve_ik(self.configuration, tasks, dt, "daqp", damping=DAMPING, limits=self.limits)
            self.configuration.integrate_inplace(velocity, dt)

        before = error()
        step()
        after = error()
        iterations = 0
        while before - after > PROGRESS and iterations < ITERATIONS:
            before = after
            step()
            after = error()
            iterations += 1

    def retarget(self, clip: human.Clip) -> tuple[Motion, list[float]]:
        """The motion and the processor time of each frame, s."""
        legs = [np.linalg.norm(clip.positions[0, k + 3] - clip.positions[0, k]) for k in (1, 2, 4, 5)]
        height = MEAN_HEIGHT * sum(legs) / 2 / human.LEG_LENGTH
        seconds, frames = [], []
        for positions, rotations in zip(clip.positions, clip.rotations):
            start = time.process_time()
            targets = self._targets(positions, rotations, height)
            for stage in self.stages:
                self._solve(stage, targets)
            frames.append(self.configuration.q.copy())
            seconds.append(time.process_time() - start)
        q = np.array(frames)
        hinges = [k for k in range(self.model.njnt) if self.model.jnt_type[k] != mujoco.mjtJoint.mjJNT_FREE]
        names = [self.model.joint(k).name for k in hinges]
        return Motion(clip.fps, names, q[:, self.model.jnt_qposadr[hinges]], q[:, :3], q[:, 3:7]), seconds
