#!/usr/bin/env python3
"""Draws human motions and the robot motions made of them as strips of stick figures over time, in SVG. Needs numpy.

    kmmctl generate "a person walks forward" -o walk.npz && kmmctl retarget walk.npz -o walk_g1.npz
    python3 Scripts/draw_strip.py walk.npz walk_g1.npz [wave.npz wave_g1.npz ...] > strip.svg

Every pair of files is a strip: above the human that `kmmctl generate` wrote, below the robot that `kmmctl retarget` made
of it at the same frame rate, both to one scale. Each figure stands in a column of its own; how far it travelled is
written beside. The camera is level: to the right of who walks, ahead of who stays. The robot's limbs join the points
that its profile maps the human's joints to.
"""
import argparse
import html
import json
import pathlib
import re

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]

FIGURES = 10
SCALE = 84.0  # pixels a metre
COLUMN = 92.0
MARGIN = 92.0
WIDTH = MARGIN + FIGURES * COLUMN + 14
VIEWS = {"ahead": np.radians(24), "right": np.radians(56)}  # the camera's direction, from straight ahead to the right
LEFT, RIGHT, TRUNK, QUIET, PAPER = "#1f6fd0", "#e2640f", "#39424e", "#6b7480", "#fbfaf7"
FONT = "font-family='Helvetica Neue,Helvetica,Arial,sans-serif'"

LIMBS = [["hip", "knee", "ankle"], ["shoulder", "elbow", "wrist", "hand"]]


NAMES = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot neck left_collar "
    "right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist").split()
PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]


def skeleton():
    """SMPL's joint names, parents, pelvis at rest and offsets, the last two as the Swift sources state them."""
    source = (ROOT / "Sources/HumanBody/SMPLSkeleton.swift").read_text()

    def vectors(name, end):
        text = re.search(rf"static let {name}\b[^=]*= (.*?){end}\n", source, re.DOTALL)[1]
        found = re.findall(r"\.zero|Vector3\([^)]*\)", text)
        return np.array([[float(v) for v in re.findall(r"-?\d+\.\d+", one)] or [0.0, 0.0, 0.0] for one in found])

    offsets, pelvis = vectors("offsets", "\\]"), vectors("restPelvis", "")
    assert len(offsets) == len(NAMES) and len(pelvis) == 1, "SMPLSkeleton.swift is not laid out as expected"
    return NAMES, PARENTS, pelvis[0], offsets


def turn(axis, angle):
    """Matrices of turns by `angle` [...] about unit `axis` [..., 3]."""
    x, y, z = np.moveaxis(np.asarray(axis, float), -1, 0)
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*x.shape, 3, 3)
    s, c = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    return np.eye(3) + s * k + (1 - c) * (k @ k)


def matrix(quaternion):
    """Matrix of a unit quaternion w, x, y, z."""
    w, v = quaternion[0], np.asarray(quaternion[1:], float)
    length = np.linalg.norm(v)
    return turn(v / max(length, 1e-12), np.array(2 * np.arctan2(length, w)))


def human_figures(clip, frames):
    """Joint positions by name, x forward, y left, z up, and which feet stand, of frames of an AMASS file."""
    names, parents, rest_pelvis, offsets = skeleton()
    to_robot = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])  # AMASS faces -y
    figures = []
    for frame in frames:
        vectors = clip["poses"][frame, : 3 * len(names)].reshape(-1, 3)
        angles = np.linalg.norm(vectors, axis=1)
        local = turn(vectors / np.maximum(angles, 1e-12)[:, None], angles)
        rotations, positions = [to_robot @ local[0]], [to_robot @ (clip["trans"][frame] + rest_pelvis)]
        for joint in range(1, len(names)):
            parent = parents[joint]
            positions.append(positions[parent] + rotations[parent] @ offsets[joint])
            rotations.append(rotations[parent] @ local[joint])
        points = dict(zip(names, positions))
        for side in ("left", "right"):
            # SMPL's 22 joints end at toe base, wrist and head: heel, toes, hand and crown are added for the eye.
            ankle = rotations[names.index(f"{side}_ankle")]
            drop = offsets[names.index(f"{side}_foot")][1]
            points[f"{side}_heel"] = points[f"{side}_ankle"] + ankle @ [0, drop, -0.05]
            points[f"{side}_toe"] = points[f"{side}_foot"] + ankle @ [0, 0, 0.07]
            wrist = rotations[names.index(f"{side}_wrist")]
            points[f"{side}_hand"] = points[f"{side}_wrist"] + wrist @ [0.08 if side == "left" else -0.08, 0, 0]
        points["chest"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
        head = rotations[names.index("head")]
        points["crown"] = points["head"] + head @ [0, 0.08, 0.02]
        stands = clip["contacts"][frame] >= 0.5
        figures.append((points, {"left": stands[:2].any(), "right": stands[2:].any()}))
    return figures


def robot_figures(motion, profile, frames):
    """The same of a retargeted motion: points of the profile's human map, its soles and its hands."""
    joint_of = {joint["body"]: joint for joint in profile["joints"]}
    column = {str(name): index for index, name in enumerate(motion["joint_names"])}
    figures = []
    for frame in frames:
        poses = {}
        for body in profile["bodies"]:
            if "parent" not in body:
                poses[body["name"]] = (motion["root_pos"][frame], matrix(motion["root_quat"][frame]))
                continue
            position, rotation = poses[body["parent"]]
            position = position + rotation @ np.array(body["offset"])
            rotation = rotation @ matrix(np.array(body["rotation"]))
            joint = joint_of.get(body["name"])
            if joint and joint["kind"] == "revolute":
                angle = motion["joint_pos"][frame, column[joint["name"]]]
                rotation = rotation @ turn(joint["axis"], np.array(angle))
            poses[body["name"]] = (position, rotation)

        def point(body, offset):
            return poses[body][0] + poses[body][1] @ np.array(offset, float)

        points = {entry["joint"]: point(entry["body"], entry["point"]) for entry in profile["human"]["map"]}
        for side in ("left", "right"):
            foot, hand = profile["feet"][side], profile["hands"][side]
            points[f"{side}_heel"] = point(foot["body"], foot["heel"])
            points[f"{side}_toe"] = point(foot["body"], foot["toe"])
            points[f"{side}_hand"] = point(hand["body"], hand["offset"])
        points["chest"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
        torso = next(entry["body"] for entry in profile["human"]["map"] if entry["joint"] == "spine3")
        # The profile has no head: a mark where the maker's lies.
        points["head"] = points["chest"] + poses[torso][1] @ [0, 0, 0.07]
        points["crown"] = points["chest"] + poses[torso][1] @ [0.01, 0, 0.15]
        stands = motion["contacts"][frame] >= 0.5
        figures.append((points, {"left": stands[0], "right": stands[1]}))
    return figures


class Figure:
    """One stick figure on the page: its floor at `floor`, its pelvis over `centre`."""

    def __init__(self, points, stands, centre, floor, view, is_robot):
        self.points, self.stands, self.is_robot = points, stands, is_robot
        self.centre, self.floor, self.view = centre, floor, view
        self.pelvis = points["pelvis"]

    def place(self, name):
        point = self.points[name]
        across = (point - self.pelvis)[:2] @ [np.sin(self.view), np.cos(self.view)]
        return self.centre + SCALE * across, self.floor - SCALE * point[2]

    def nearness(self, name):
        return (self.points[name] - self.pelvis)[:2] @ [np.cos(self.view), -np.sin(self.view)]

    def line(self, names, colour, width):
        places = " ".join("%.1f,%.1f" % self.place(name) for name in names)
        return f"<polyline points='{places}' stroke='{colour}' stroke-width='{width}'/>"

    def draw(self):
        limb, trunk = (4.6, 5.6) if self.is_robot else (3.6, 4.6)
        parts = []
        for side, colour in (("left", LEFT), ("right", RIGHT)):
            for names in LIMBS:
                names = [f"{side}_{name}" for name in names]
                drawn = [self.line(names, colour, limb)]
                if names[0].endswith("hip"):
                    drawn.append(self.foot(side, colour, limb))
                if self.is_robot:
                    for name in names[:3]:
                        drawn.append("<circle cx='%.1f' cy='%.1f' r='1.5' fill='%s'/>" % (*self.place(name), PAPER))
                parts.append((np.mean([self.nearness(name) for name in names]), drawn))
        spine = ["pelvis", "spine3", "chest"] if self.is_robot else ["pelvis", "spine1", "spine2", "spine3", "neck"]
        body = [
            self.line(["left_hip", "pelvis", "right_hip"], TRUNK, trunk),
            self.line(spine, TRUNK, trunk),
            self.line(["left_shoulder", "chest", "right_shoulder"], TRUNK, trunk),
            self.head(),
        ]
        parts.append((0.0, body))
        return "".join(text for _, drawn in sorted(parts, key=lambda part: part[0]) for text in drawn)

    def head(self):
        x, y = self.place("crown")
        if not self.is_robot:
            return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{0.115 * SCALE:.1f}' fill='{TRUNK}'/>"
        w, h = 0.15 * SCALE, 0.2 * SCALE
        return f"<rect x='{x - w / 2:.1f}' y='{y - h / 2:.1f}' width='{w:.1f}' height='{h:.1f}' rx='4' fill='{TRUNK}'/>"

    def foot(self, side, colour, width):
        names = [f"{side}_ankle", f"{side}_heel", f"{side}_toe"]
        points = " ".join("%.1f,%.1f" % self.place(name) for name in names)
        return f"<polygon points='{points}' fill='{colour}' stroke='{colour}' stroke-width='{width / 2}'/>"

    def marks(self):
        """A bar under the floor for every standing foot."""
        bars = []
        for row, (side, colour) in enumerate((("left", LEFT), ("right", RIGHT))):
            if self.stands[side]:
                ends = [self.place(f"{side}_heel")[0], self.place(f"{side}_toe")[0]]
                y = self.floor + 6 + 5 * row
                bars.append(
                    f"<line x1='{min(ends):.1f}' x2='{max(ends):.1f}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colour}'"
                    " stroke-width='3'/>")
        return "".join(bars)


def text(x, y, content, size=12, colour=QUIET, anchor="start"):
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{colour}' text-anchor='{anchor}'>{content}</text>"
    )


def travelled(figures):
    """Metres over the floor from the first figure to the last."""
    return np.linalg.norm((figures[-1][0]["pelvis"] - figures[0][0]["pelvis"])[:2])


def strip(human_path, robot_path, profile, top):
    """A strip's SVG and its height."""
    human, robot = np.load(human_path), np.load(robot_path)
    rate, count = float(robot["fps"]), len(robot["joint_pos"])
    if abs(float(human["mocap_framerate"]) - rate) > 1e-6 or len(human["poses"]) != count:
        raise SystemExit(f"{human_path} and {robot_path} differ in frame rate or length")
    frames = np.linspace(0, count - 1, FIGURES).round().astype(int)
    people, robots = human_figures(human, frames), robot_figures(robot, profile, frames)

    view = VIEWS["right" if travelled(people) > 0.5 else "ahead"]

    caption = top + 20
    human_floor, robot_floor = caption + 26 + 1.78 * SCALE, caption + 66 + (1.78 + 1.34) * SCALE
    parts = [text(MARGIN, caption, f"“{html.escape(str(human['text']))}”", 17, TRUNK)]
    rows = (("human", "SMPL, by KMM", people, human_floor), ("robot", profile["display_name"], robots, robot_floor))
    for label, note, figures, floor in rows:
        parts.append(text(14, floor - 58, label, 15, TRUNK))
        for index, word in enumerate(note.replace(" (", "|(").replace(", ", "|").split("|")):
            parts.append(text(14, floor - 41 + 14 * index, html.escape(word), 12))
        parts.append(text(14, floor - 6, f"{travelled(figures):.1f} m", 12))
        parts.append(
            f"<line x1='{MARGIN - 8}' x2='{WIDTH - 14}' y1='{floor + 1.6:.1f}' y2='{floor + 1.6:.1f}' stroke='#b9bec5'"
            " stroke-width='1.2'/>")
        for index, (points, stands) in enumerate(figures):
            figure = Figure(points, stands, MARGIN + (index + 0.5) * COLUMN, floor, view, figures is robots)
            parts += [figure.marks(), figure.draw()]
    for index, frame in enumerate(frames):
        middle = MARGIN + (index + 0.5) * COLUMN
        parts.append(text(middle, robot_floor + 28, f"{frame / rate:.1f} s", 12.5, anchor="middle"))
    return "".join(parts), robot_floor + 40 - top


def legend(y):
    x, parts = MARGIN, []
    for colour, word in ((LEFT, "left"), (RIGHT, "right")):
        parts.append(f"<line x1='{x}' x2='{x + 18}' y1='{y - 4}' y2='{y - 4}' stroke='{colour}' stroke-width='4.6'/>")
        parts.append(text(x + 26, y, word, 12.5))
        x += 74
    parts.append(f"<line x1='{x}' x2='{x + 18}' y1='{y - 6}' y2='{y - 6}' stroke='{LEFT}' stroke-width='3'/>")
    parts.append(f"<line x1='{x}' x2='{x + 18}' y1='{y - 1}' y2='{y - 1}' stroke='{RIGHT}' stroke-width='3'/>")
    parts.append(text(x + 26, y, "foot on the floor", 12.5))
    end = WIDTH - 14
    parts.append(
        f"<path d='M{end - SCALE},{y - 8}v8h{SCALE}v-8' fill='none' stroke='{QUIET}' stroke-width='1.2'/>"
        + text(end - SCALE / 2, y - 5, "1 m", 12, anchor="middle"))
    return "".join(parts)


def main():
    parser = argparse.ArgumentParser(description="Draws pairs of human and robot motions as strips of stick figures.")
    parser.add_argument("files", nargs="+", help="pairs: a human .npz and the robot .npz made of it")
    parser.add_argument("--profile", default=str(ROOT / "RobotProfiles/unitree_g1.json"))
    arguments = parser.parse_args()
    if len(arguments.files) % 2:
        parser.error("the files come in pairs")
    profile = json.loads(pathlib.Path(arguments.profile).read_text())
    parts, top = [], 12.0
    for human, robot in zip(arguments.files[::2], arguments.files[1::2]):
        drawn, height = strip(human, robot, profile, top)
        parts.append(drawn)
        top += height + 14
    parts.append(legend(top + 4))
    height = top + 20
    print(
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:.0f} {height:.0f}' width='{WIDTH:.0f}'"
        f" height='{height:.0f}' {FONT} fill='none' stroke-linecap='round' stroke-linejoin='round'>"
        f"<rect width='100%' height='100%' rx='10' fill='{PAPER}'/>")
    print("\n".join(parts))
    print("</svg>")


if __name__ == "__main__":
    main()
