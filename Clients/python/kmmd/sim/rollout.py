"""One rollout: a reference, a world, and whether the robot stayed on its feet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .reference import RATE, Array, Instant, Reference, euler
from .world import World

LEAD, HOLD = 1.0, 3.0
"""Seconds at rest before and after the motion."""


@dataclass(frozen=True)
class Outcome:
    """What became of a reference."""

    fell_in: str | None
    """`lead`, `motion`, `hold`, or None: it stands."""
    fell_at: float | None
    """Seconds since the motion's first frame."""
    figures: dict[str, Any]
    """Tracking over the motion, up to a fall: documented in Documentation/tracking.md."""
    root: Array
    """Pelvis of the simulated robot, [T, 7], and its joints, [T, n], in the motion and the hold."""
    joints: Array

    @property
    def survived(self) -> bool:
        return self.fell_in is None

    @property
    def strayed(self) -> bool:
        """It stands, but away from where it should: it stumbled about rather than followed."""
        figures = self.figures
        return self.survived and (
            figures["drift"] > 1.5 + 0.3 * figures["way_asked"] or abs(figures["yaw_error"]) > 90)

    def described(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"survived": self.survived, "fell_in": self.fell_in, "fell_at": self.fell_at, "strayed": self.strayed,
                **self.figures}


def roll_out(reference: Reference, world: World, lead: float = LEAD, hold: float = HOLD) -> Outcome:
    """Has the world's robot follow a reference, from rest to rest."""
    tracker = world.tracker
    reference = reference.ordered(tracker.joint_names)
    first, last = reference[0].at_rest(), reference[len(reference) - 1].at_rest()
    if reference.begins_at_rest:
        world.place(first)
    else:
        world.place(tracker.start, height=tracker.start.root_pos[2])
        first = tracker.stand
    phases = [("lead", [first] * round(lead * RATE)), ("motion", [reference[i] for i in range(len(reference))]),
              ("hold", [last] * round(hold * RATE))]
    root: list[Array] = []
    joints: list[Array] = []
    fell_in: str | None = None
    seconds = -lead
    for phase, instants in phases:
        if phase == "motion":
            world.push_from_now()
        for instant in instants:
            if phase != "lead":
                root.append(world.data.qpos[:7].copy())
                joints.append(world.state.joint_pos)
            if world.has_fallen:
                fell_in = phase
                break
            world.advance(instant)
            seconds += 1 / RATE
        if fell_in:
            break
    if fell_in is None and world.has_fallen:
        fell_in = "hold"
    simulated, bent = np.array(root).reshape(-1, 7), np.array(joints).reshape(-1, len(tracker.joint_names))
    figures = compared(reference, simulated, bent)
    return Outcome(fell_in, round(seconds, 2) if fell_in else None, figures, simulated, bent)


def compared(reference: Reference, root: Array, joints: Array) -> dict[str, Any]:
    """Tracking figures of what was simulated [T, …] beside what was asked; T may be less, after a fall."""
    figures: dict[str, Any] = {"seconds": round(len(reference) / RATE, 2)}
    count = min(len(reference), len(root))
    if count < 2:
        return figures | {"drift": 0.0, "way_asked": 0.0, "yaw_error": 0.0}
    error = joints[:count] - reference.joint_pos[:count]
    for name, parts in (("legs", ("hip", "knee", "ankle")), ("arms", ("shoulder", "elbow", "wrist"))):
        chosen = [i for i, joint in enumerate(reference.joint_names) if any(part in joint for part in parts)]
        figures[f"{name}_rms"] = round(float(np.sqrt(np.mean(error[:, chosen] ** 2))), 4)
    figures["height_error"] = round(float(np.mean(np.abs(root[:count, 2] - reference.root_pos[:count, 2]))), 4)
    asked, turned = _travel(reference.root_pos[:count], reference.root_quat[:count])
    done, turned_done = _travel(root[:count, :3], root[:count, 3:])
    steps = np.diff(reference.root_pos[:count, :2], axis=0)
    return figures | {
        "travel_asked": np.round(asked, 3).tolist(), "travel": np.round(done, 3).tolist(),
        "drift": round(float(np.linalg.norm(done - asked)), 3),
        "way_asked": round(float(np.linalg.norm(steps, axis=1).sum()), 3),
        "yaw_asked": round(float(np.degrees(turned)), 1),
        "yaw_error": round(float(np.degrees(turned_done - turned)), 1),
    }


def _travel(position: Array, rotation: Array) -> tuple[Array, float]:
    """The way over the floor from the first to the last frame in the axes of the first one's heading, and the turn, rad."""
    yaw = np.unwrap(euler(rotation)[2])
    way = position[-1, :2] - position[0, :2]
    c, s = np.cos(yaw[0]), np.sin(yaw[0])
    return np.array([c * way[0] + s * way[1], c * way[1] - s * way[0]]), float(yaw[-1] - yaw[0])
