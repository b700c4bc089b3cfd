#!/usr/bin/env python3
"""Writes the robot profile of the Unitree G1 from its MuJoCo model, with the standard library alone.

    python3 Scripts/make_profile.py [../shared/robots/unitree_g1_29dof] > RobotProfiles/unitree_g1.json

Tree, masses, ranges and soles come from g1.nomesh.xml; velocity and effort limits from g1_29dof_rev_1_0.urdf. The
choices that no description holds (human map, stand pose, limits of the root) are the tables of this script.
"""
import json
import math
import pathlib
import sys
import xml.etree.ElementTree as ET

# Lower of the maker's velocity and this; acceleration and jerk are never stated by the maker.
VELOCITY, ACCELERATION, JERK = 12.0, 200.0, 8000.0

ISAACLAB = [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10, 16, 23, 5, 11, 17, 24, 18, 25, 19, 26, 20, 27, 21, 28]

# SMPL joint, body, centre of the joint in the body's frame, weight of position, weight of orientation.
HUMAN = [
    ("pelvis", "pelvis", [0, 0, 0], 2.0, 1.0),
    ("left_hip", "left_hip_yaw_link", None, 0.0, 0.1),
    ("right_hip", "right_hip_yaw_link", None, 0.0, 0.1),
    ("left_knee", "left_knee_link", [0, 0, 0], 2.0, 0.0),
    ("right_knee", "right_knee_link", [0, 0, 0], 2.0, 0.0),
    ("left_ankle", "left_ankle_roll_link", [0, 0, 0], 20.0, 2.0),
    ("right_ankle", "right_ankle_roll_link", [0, 0, 0], 20.0, 2.0),
    ("spine3", "torso_link", [0, 0, 0], 0.0, 1.0),
    ("left_shoulder", "left_shoulder_yaw_link", None, 0.0, 0.02),
    ("right_shoulder", "right_shoulder_yaw_link", None, 0.0, 0.02),
    ("left_elbow", "left_elbow_link", [0, 0, 0], 2.0, 0.0),
    ("right_elbow", "right_elbow_link", [0, 0, 0], 2.0, 0.0),
    ("left_wrist", "left_wrist_yaw_link", [0, 0, 0], 2.0, 0.05),
    ("right_wrist", "right_wrist_yaw_link", [0, 0, 0], 2.0, 0.05),
]
# Bodies at whose origin a human joint lies, when another body turns with it.
CENTRES = {
    "left_hip": "left_hip_roll_link", "right_hip": "right_hip_roll_link",
    "left_shoulder": "left_shoulder_roll_link", "right_shoulder": "right_shoulder_roll_link",
}
STAND = {
    "hip_pitch": -0.30, "knee": 0.60, "ankle_pitch": -0.30,
    "shoulder_pitch": 0.20, "shoulder_roll": 0.20, "elbow": 1.10,
}


def numbers(text):
    return [float(v) for v in text.split()]


def tidy(values):
    return [round(v, 9) + 0.0 for v in values]


def multiply(a, b):
    return [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]


def unit(q):
    length = math.sqrt(sum(v * v for v in q))
    return [v / length for v in q]


def matrix(q):
    w, x, y, z = q
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]


def rotate(q, v):
    return [sum(row[i] * v[i] for i in range(3)) for row in matrix(q)]


def axis_angle(axis, angle):
    s = math.sin(angle / 2)
    return [math.cos(angle / 2)] + [s * v for v in axis]


def body_inertia(q, moments):
    """R diag(moments) R^T as xx, yy, zz, xy, xz, yz."""
    m = matrix(unit(q))
    entry = lambda i, j: sum(m[i][k] * moments[k] * m[j][k] for k in range(3))
    return [entry(i, j) for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))]


def read_model(path):
    bodies, joints, soles = [], [], {}

    def walk(element, parent):
        name = element.get("name")
        inertial = element.find("inertial")
        rotation = unit(numbers(element.get("quat", "1 0 0 0")))
        body = {"name": name}
        if parent:
            body["parent"] = parent
            body["offset"] = tidy(numbers(element.get("pos", "0 0 0")))
            body["rotation"] = tidy(rotation)
        body["mass"] = float(inertial.get("mass"))
        body["center_of_mass"] = tidy(numbers(inertial.get("pos")))
        body["inertia"] = tidy(
            body_inertia(numbers(inertial.get("quat", "1 0 0 0")), numbers(inertial.get("diaginertia"))))
        bodies.append(body)
        if element.find("freejoint") is not None:
            joints.append({"name": element.find("freejoint").get("name"), "body": name, "kind": "floating"})
        for joint in element.findall("joint"):
            joints.append({
                "name": joint.get("name"), "body": name, "kind": "revolute", "axis": numbers(joint.get("axis")),
                "origin": numbers(joint.get("pos", "0 0 0")), "range": numbers(joint.get("range")),
            })
        balls = [numbers(g.get("pos")) for g in element.findall("geom") if g.get("class") == "foot"]
        if balls:
            soles[name] = [[x, y, round(z - 0.005, 9)] for x, y, z in balls]  # spheres of 5 mm
        for child in element.findall("body"):
            walk(child, name)

    walk(ET.parse(path).getroot().find("worldbody/body"), None)
    return bodies, joints, soles


def read_limits(path):
    return {
        joint.get("name"): (float(joint.find("limit").get("velocity")), float(joint.find("limit").get("effort")))
        for joint in ET.parse(path).getroot().findall("joint") if joint.find("limit") is not None
    }


def world_poses(bodies, joints, positions):
    """Forward kinematics with the root at the origin: body name to (position, rotation)."""
    by_body = {joint["body"]: joint for joint in joints}
    poses = {}
    for body in bodies:
        position, rotation = poses.get(body.get("parent"), ([0, 0, 0], [1, 0, 0, 0]))
        offset = rotate(rotation, body.get("offset", [0, 0, 0]))
        position = [p + o for p, o in zip(position, offset)]
        rotation = multiply(rotation, body.get("rotation", [1, 0, 0, 0]))
        joint = by_body.get(body["name"])
        if joint and joint["kind"] == "revolute":
            rotation = multiply(rotation, axis_angle(joint["axis"], positions.get(joint["name"], 0)))
        poses[body["name"]] = (position, rotation)
    return poses


def in_body(pose, point):
    (position, rotation) = pose
    inverse = [rotation[0]] + [-v for v in rotation[1:]]
    return rotate(inverse, [p - o for p, o in zip(point, position)])


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/robots/unitree_g1_29dof")
    bodies, joints, soles = read_model(folder / "g1.nomesh.xml")
    maker = read_limits(folder / "g1_29dof_rev_1_0.urdf")
    for joint in joints:
        if joint["kind"] == "floating":
            continue
        velocity, effort = maker[joint["name"]]
        joint.update({
            "velocity": min(velocity, VELOCITY), "acceleration": ACCELERATION, "jerk": JERK, "effort": effort,
            "defaults": (["velocity"] if velocity > VELOCITY else []) + ["acceleration", "jerk"],
        })
    names = [joint["name"] for joint in joints if joint["kind"] == "revolute"]

    stand = {}
    for name in names:
        kind = name.removesuffix("_joint").removeprefix("left_").removeprefix("right_")
        if kind in STAND:
            stand[name] = STAND[kind] * (-1 if name.startswith("right_") and kind == "shoulder_roll" else 1)
    zero, standing = world_poses(bodies, joints, {}), world_poses(bodies, joints, stand)
    corners = [
        position[2] + rotate(rotation, corner)[2]
        for foot in soles for position, rotation in [standing[foot]] for corner in soles[foot]
    ]

    def entry(joint, body, point, position, orientation):
        if point is None:
            point = tidy(in_body(zero[body], zero[CENTRES[joint]][0]))
        return {
            "joint": joint, "body": body, "point": point, "position_weight": position,
            "orientation_weight": orientation, "scale": 1,
        }

    def foot(body):
        sole = soles[body]
        back, front, z = min(c[0] for c in sole), max(c[0] for c in sole), sole[0][2]
        return {"body": body, "sole": sole, "heel": [back, 0, z], "toe": [front, 0, z]}

    profile = {
        "$schema": "schema.json",
        "schema": 1,
        "name": "unitree_g1",
        "display_name": "Unitree G1 (29 dof)",
        "maker": "Unitree",
        "licence": "BSD-3-Clause",
        "source": {
            "repository": "google-deepmind/mujoco_menagerie", "commit": "75df466", "file": "unitree_g1/g1.xml"},
        "bodies": bodies,
        "joints": joints,
        "human": {"map": [entry(*row) for row in HUMAN]},
        "feet": {"left": foot("left_ankle_roll_link"), "right": foot("right_ankle_roll_link")},
        "hands": {
            side: {"body": f"{side}_wrist_yaw_link", "offset": [0.0708, 0, 0], "rotation": [1, 0, 0, 0]}
            for side in ("left", "right")
        },
        "poses": {
            "stand": {
                "root_position": [0, 0, round(-min(corners), 6)], "root_rotation": [1, 0, 0, 0], "joints": stand},
            "zero": {"root_position": [0, 0, 0.7925], "root_rotation": [1, 0, 0, 0], "joints": {}},
        },
        "limits": {
            "root_height": [0.2, 1.2], "tilt": 1.2, "planar_speed": 3.0, "yaw_rate": 6.0, "soft_margin": 0.01,
            "policy": "clip", "reject_distance": 0.5,
        },
        "targets": {
            "mujoco": {"joints": names},
            "isaaclab": {"joints": [names[i] for i in ISAACLAB]},
        },
        "stream": {"rate": 50},
    }
    print(render(profile))


def render(value, indent=0):
    """JSON with one line for each small object, so that the file reads as a table."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= 118 and (indent > 2 or not isinstance(value, dict)):
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [f"{pad}{json.dumps(key)}: {render(item, indent + 2)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list):
        rows = [pad + render(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"
    return flat


if __name__ == "__main__":
    main()
