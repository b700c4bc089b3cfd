"""Everyday texts, and measures on a robot's motion that tell whether it does what they say.

The measures are geometric and look at the robot alone: its bodies in the world, seen from how it faced when the action began. The
same measure judges what was published and what the simulated robot made of it. A text without a measure is judged by survival only.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Callable

import mujoco
import numpy as np

from kmmd.sim.reference import RATE, Array, euler, matrix
from kmmd.sim.tracker import Tracker
from kmmd.sim.world import compiled

SIDES = ("left", "right")


class Seen:
    """A stretch of a Unitree G1's motion: root [T, 7] (position, quaternion w x y z) and joints [T, 29]."""

    def __init__(self, tracker: Tracker, root: Array, joints: Array) -> None:
        model = compiled(tracker.model)
        data = mujoco.MjData(model)
        addresses = np.array([model.joint(name).qposadr[0] for name in tracker.joint_names])
        names = ["torso_link"] + [
            f"{side}_{body}_link" for side in SIDES for body in ("shoulder_pitch", "wrist_yaw", "ankle_roll", "knee")]
        places = {name: np.zeros((len(root), 3)) for name in names}
        torso = np.zeros((len(root), 3, 3))
        for t in range(len(root)):
            data.qpos[:7], data.qpos[addresses] = root[t], joints[t]
            mujoco.mj_kinematics(model, data)
            for name in names:
                places[name][t] = data.body(name).xpos
            torso[t] = data.body("torso_link").xmat.reshape(3, 3)
        yaw = np.unwrap(euler(root[:, 3:])[2])
        self.turn = np.degrees(yaw - yaw[0])
        """Degrees to the left since the first frame, [T]."""
        way = root[:, :2] - root[0, :2]
        c, s = np.cos(yaw[0]), np.sin(yaw[0])
        self.forward, self.left = c * way[:, 0] + s * way[:, 1], c * way[:, 1] - s * way[:, 0]
        """Metres from the first frame's place, in its heading, [T] each."""
        self.way = float(np.linalg.norm(np.diff(root[:, :2], axis=0), axis=1).sum())
        self.height = root[:, 2]
        self.lean = np.degrees(np.arcsin(np.clip(-torso[:, 2, 0], -1, 1)))
        """Degrees by which the trunk is bent forward, [T]."""
        heading = np.stack([np.cos(yaw), np.sin(yaw)], 1)
        self.over_shoulder, self.reach, self.hand, self.foot = {}, {}, {}, {}
        for side in SIDES:
            shoulder, wrist = places[f"{side}_shoulder_pitch_link"], places[f"{side}_wrist_yaw_link"]
            ankle = places[f"{side}_ankle_roll_link"]
            self.over_shoulder[side] = wrist[:, 2] - shoulder[:, 2]
            self.reach[side] = np.sum((wrist - shoulder)[:, :2] * heading, axis=1)
            # In the pelvis' axes: the way that the robot goes is no way of its hands.
            self.hand[side] = np.einsum("tij,ti->tj", matrix(root[:, 3:]), wrist - root[:, :3])
            # Over where a flat foot has its ankle.
            self.foot[side] = ankle[:, 2] - 0.035
        self.hands_apart = np.linalg.norm(places["left_wrist_yaw_link"] - places["right_wrist_yaw_link"], axis=1)
        self.lowest_hand = np.minimum(places["left_wrist_yaw_link"][:, 2], places["right_wrist_yaw_link"][:, 2])

    def hand_speed(self, side: str) -> Array:
        """Of a wrist in the pelvis' axes, m/s, mean over 0.1 s."""
        hand = self.hand[side]
        return np.linalg.norm(hand[5:] - hand[:-5], axis=1) * RATE / 5 if len(hand) > 5 else np.zeros(1)

    def fastest_second(self) -> float:
        """Metres forward in the best second, or as many as there are in a shorter stretch."""
        step = min(RATE, len(self.forward) - 1)
        return float((self.forward[step:] - self.forward[:-step]).max())


Judge = Callable[[Seen], bool]


def _for(mask: Array, seconds: float) -> bool:
    return bool(mask.sum() >= seconds * RATE)


def _times(values: Array, low: float, high: float) -> int:
    """How often values rise over `high` after they were under `low`."""
    count, armed = 0, True
    for value in values:
        if armed and value > high:
            count, armed = count + 1, False
        elif value < low:
            armed = True
    return count


def goes(forward: tuple[float, float] = (-9, 9), left: tuple[float, float] = (-9, 9)) -> Judge:
    """Ends so many metres forward and to the left, and never turned away by more than 60 degrees."""
    return lambda seen: (
        forward[0] <= seen.forward[-1] <= forward[1] and left[0] <= seen.left[-1] <= left[1]
        and abs(seen.turn[-1]) < 60)


def turns(least: float, most: float) -> Judge:
    """Ends turned by so many degrees to the left; (to the right: negative)."""
    return lambda seen: least <= seen.turn[-1] <= most


def either(*judges: Judge) -> Judge:
    return lambda seen: any(judge(seen) for judge in judges)


def runs(speed: float) -> Judge:
    return lambda seen: seen.fastest_second() >= speed


def raises(*sides: str, over: float = 0.05, seconds: float = 0.4) -> Judge:
    """The wrists of these sides are over the shoulders at once."""
    return lambda seen: _for(np.minimum.reduce([seen.over_shoulder[side] for side in sides]) > over, seconds)


def waves(side: str) -> Judge:
    """The wrist is up, and moves there."""

    def judge(seen: Seen) -> bool:
        up = seen.over_shoulder[side][1:] > 0
        steps = np.linalg.norm(np.diff(seen.hand[side], axis=0), axis=1)
        return _for(up, 0.6) and float(steps[up].sum()) > 0.4

    return judge


def kicks(side: str) -> Judge:
    return lambda seen: bool(seen.foot[side].max() > 0.2)


def lifts(side: str) -> Judge:
    return lambda seen: bool(seen.foot[side].max() > 0.1)


def strikes(*sides: str, reach: float = 0.25, speed: float = 1.2) -> Judge:
    """A wrist goes forward fast."""
    return lambda seen: any(seen.reach[side].max() > reach and seen.hand_speed(side).max() > speed for side in sides)


def throws(side: str) -> Judge:
    return lambda seen: bool(seen.hand_speed(side).max() > 1.5)


def jumps(seen: Seen) -> bool:
    return _for(np.minimum(seen.foot["left"], seen.foot["right"]) > 0.03, 0.06)


def hops(seen: Seen) -> bool:
    return _times(np.maximum(seen.foot["left"], seen.foot["right"]), 0.03, 0.06) >= 1


def lowers(by: float) -> Judge:
    return lambda seen: bool(seen.height[0] - seen.height.min() > by)


def bows(seen: Seen) -> bool:
    return bool(seen.lean.max() - seen.lean[0] > 20)


def reaches_down(seen: Seen) -> bool:
    return bool(seen.lowest_hand.min() < 0.45)


def claps(seen: Seen) -> bool:
    return _times(-seen.hands_apart, -0.38, -0.3) >= 2


def spreads(seen: Seen) -> bool:
    return bool(seen.hands_apart.max() > 0.75)


def stays(seen: Seen) -> bool:
    return float(np.hypot(seen.forward[-1], seen.left[-1])) < 0.25 and abs(seen.turn[-1]) < 30


def marches(seen: Seen) -> bool:
    return min(_times(seen.foot[side], 0.03, 0.06) for side in SIDES) >= 2


def circles(seen: Seen) -> bool:
    return bool(np.abs(seen.turn).max() > 180 and seen.way > 1.2)


BACK, FORTH = goes(forward=(-9, -0.4)), goes(forward=(0.6, 9))
LEFT, RIGHT = goes(left=(0.3, 9)), goes(left=(-9, -0.3))
AROUND = either(turns(120, 250), turns(-250, -120))

TEXTS: dict[str, Judge | None] = {
    # Ways.
    "walk forward": FORTH,
    "walk ahead slowly": FORTH,
    "take a few steps forward": goes(forward=(0.3, 9)),
    "go straight ahead": FORTH,
    "the robot strolls forward": FORTH,
    "walk forward quickly": FORTH,
    "walk two metres forward": goes(forward=(1.4, 2.6)),
    "walk one meter": goes(forward=(0.7, 1.3)),
    "step forward": goes(forward=(0.15, 9)),
    "walk backward": BACK,
    "take three steps back": goes(forward=(-9, -0.3)),
    "back up a little": goes(forward=(-9, -0.15)),
    "go backwards slowly": BACK,
    "walk back one metre": goes(forward=(-1.4, -0.6)),
    "step to the left": goes(left=(0.15, 9)),
    "sidestep to the right": goes(left=(-9, -0.15)),
    "walk sideways to the left": LEFT,
    "shuffle to the right": goes(left=(-9, -0.15)),
    "run forward": runs(1.2),
    "jog": runs(0.9),
    "a person jogs ahead": runs(0.9),
    "sprint": runs(1.4),
    "walk in a circle": circles,
    "walk and then stop": goes(forward=(0.4, 9)),
    "march on the spot": marches,
    "tiptoe forward": goes(forward=(0.3, 9)),
    "sneak forward": goes(forward=(0.3, 9)),
    "stagger forward": goes(forward=(0.3, 9)),
    # Turns.
    "turn left": turns(40, 200),
    "turn right": turns(-200, -40),
    "turn 90 degrees to the left": turns(60, 120),
    "turn right by 45 degrees": turns(-75, -20),
    "turn around": AROUND,
    "face the other way": AROUND,
    "spin around once": either(turns(250, 450), turns(-450, -250)),
    "make a half turn to the right": turns(-230, -130),
    "look behind you": None,
    # Arms.
    "wave": either(waves("left"), waves("right")),
    "wave hello": either(waves("left"), waves("right")),
    "wave with your left hand": waves("left"),
    "wave goodbye with the right hand": waves("right"),
    "raise your right arm": raises("right"),
    "lift the left hand up": raises("left"),
    "raise both hands": raises("left", "right"),
    "put your hands up": raises("left", "right"),
    "spread your arms": spreads,
    "stretch out both arms to the sides": spreads,
    "clap": claps,
    "applaud": claps,
    "clap your hands three times": claps,
    "punch": strikes("left", "right"),
    "punch with the right fist": strikes("right"),
    "box with both fists": strikes("left", "right"),
    "jab with the left": strikes("left"),
    "throw a ball": either(throws("left"), throws("right")),
    "throw something with the right hand": throws("right"),
    "push something away": strikes("left", "right", speed=0.6),
    "point forward": strikes("left", "right", speed=0.3),
    "scratch your head": either(raises("left", over=-0.05), raises("right", over=-0.05)),
    "salute": either(raises("left", over=-0.05), raises("right", over=-0.05)),
    "drink from a cup": None,
    "shrug": None,
    "conduct an orchestra": None,
    "swing your arms": None,
    # Legs and the whole body.
    "kick": either(kicks("left"), kicks("right")),
    "kick with the left foot": kicks("left"),
    "kick a ball with the right foot": kicks("right"),
    "lift your right knee": lifts("right"),
    "stand on one leg": either(lifts("left"), lifts("right")),
    "jump": jumps,
    "jump up and down": jumps,
    "hop forward": hops,
    "do a jumping jack": either(raises("left", "right", seconds=0.1), jumps),
    "squat": lowers(0.12),
    "squat down and get up": lowers(0.12),
    "crouch": lowers(0.12),
    "duck": lowers(0.08),
    "lunge forward": lowers(0.06),
    "bow": bows,
    "bow politely": bows,
    "bend down": either(bows, lowers(0.12)),
    "pick something up from the floor": reaches_down,
    "reach for the floor": reaches_down,
    "stretch": None,
    "dance": None,
    "stand still": stays,
    "balance like on a rope": None,
}


@dataclass(frozen=True)
class Trial:
    """What is said once to a standing robot."""

    id: str
    actions: tuple[str, ...]
    seed: int

    @property
    def text(self) -> str:
        return ", then ".join(self.actions)


def singles(texts: int, seeds: int) -> list[Trial]:
    """Each of the first texts (spread over all) with each seed."""
    names = list(TEXTS)
    chosen = [names[i * len(names) // texts] for i in range(min(texts, len(names)))]
    return [Trial(f"{text} #{seed}", (text,), seed) for seed in range(seeds) for text in chosen]


def chains(count: int) -> list[Trial]:
    """Three texts behind one another; the first so many of a fixed list, whatever is asked."""
    generator = random.Random(18)
    # What would be read as more than one action, or as a number for the wrong one.
    plain = [text for text in TEXTS if " and " not in text]
    return [Trial(f"chain {i:02}", tuple(generator.sample(plain, 3)), i) for i in range(count)]
