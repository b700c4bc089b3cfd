"""Writes one message of every sink, put together from the formats' own description, for a Unitree G1 of 29 joints.

    python3 Tests/WireTests/Fixtures/make_sinks.py
"""

import json
import math
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent
# Entry i: which joint of the MuJoCo order stands at place i of the IsaacLab order.
ISAAC = [
    0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10, 16, 23, 5, 11, 17, 24, 18, 25, 19, 26, 20, 27, 21, 28,
]
# TWIST leaves out pitch and yaw of both wrists.
TWIST = [joint for joint in range(29) if joint not in (20, 21, 27, 28)]


class Frame:
    """The k-th of the frames that the Swift tests encode."""

    def __init__(self, k: int) -> None:
        self.index = 1000 + k
        self.position = [1.25 + k, -2.5, 0.75]
        self.rotation = [0.5, -0.5, 0.5, -0.5] if k % 2 == 0 else [0.0, 0.6, 0.0, 0.8]
        self.linear = [0.5, 0.25, -0.125]
        self.angular = [0.1, 0.2, 0.3]
        self.joints = [0.01 * j + 0.1 * k - 0.15 for j in range(29)]
        self.velocities = [0.5 - 0.02 * j + k for j in range(29)]


def message(topic: str, count: int, fields: list[tuple[str, str, list[int], bytes]]) -> bytes:
    header = {
        "v": 1, "endian": "le", "count": count,
        "fields": [{"name": name, "dtype": dtype, "shape": shape} for name, dtype, shape, _ in fields],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    assert len(text) <= 1280
    return topic.encode() + text.ljust(1280, b"\0") + b"".join(data for *_, data in fields)


def f32(numbers: list[float]) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def write(name: str, data: bytes) -> None:
    (FOLDER / name).write_bytes(data)


frames = [Frame(k) for k in range(4)]
n = len(frames)
write("sonic_pose.bin", message("pose", n, [
    ("body_quat", "f32", [n, 4], f32([x for frame in frames for x in frame.rotation])),
    ("frame_index", "i64", [n], struct.pack(f"<{n}q", *[frame.index for frame in frames])),
    ("joint_pos", "f32", [n, 29], f32([frame.joints[j] for frame in frames for j in ISAAC])),
    ("joint_vel", "f32", [n, 29], f32([frame.velocities[j] for frame in frames for j in ISAAC])),
    ("catch_up", "u8", [1], b"\0"),
]))
for name, start, stop in [("start", 1, 0), ("stop", 0, 1)]:
    write(f"sonic_{name}.bin", message("command", 1, [
        ("start", "u8", [1], bytes([start])), ("stop", "u8", [1], bytes([stop])), ("planner", "u8", [1], b"\0"),
    ]))

first = frames[0]
write("reference_qpos.bin", message("reference_qpos", 1, [
    ("reference_qpos", "f32", [36], f32(first.position + first.rotation + first.joints)),
    ("frame_index", "i64", [1], struct.pack("<q", first.index)),
    ("timestamp_realtime", "f64", [1], struct.pack("<d", 1790000000.125)),
]))
write("obs65.bin", message("obs65", 1, [
    ("latest_obs", "f32", [65], f32(first.joints + first.velocities + first.position + first.rotation)),
]))

# Redis. The rotation (0.5, -0.5, 0.5, -0.5) takes the root's x, y, z axes to the world's -y, -z, x: velocities in the
# root's axes are (-v_y, -v_z, v_x). About fixed axes that is roll -90 degrees, pitch 0, yaw -90 degrees.
local = [-first.linear[1], -first.linear[2], first.linear[0]]
yaw_rate = first.angular[0]
right_angle = 1.5707963267948966


def redis_set(key: str, value: str) -> bytes:
    return f"*3\r\n$3\r\nSET\r\n${len(key)}\r\n{key}\r\n${len(value)}\r\n{value}\r\n".encode()


def numbers(values: list[float]) -> str:
    return "[" + ",".join(f"{round(value, 6) + 0.0:14.6f}" for value in values) + "]"


def zeros(count: int) -> str:
    return "[" + ",".join(["0.0"] * count) + "]"


write("twist.bin", redis_set(
    "action_mimic_g1",
    numbers([first.position[2], -right_angle, 0.0, -right_angle, *local, yaw_rate, *[first.joints[j] for j in TWIST]]),
) + redis_set("action_hand_g1", zeros(14)))
suffix = "unitree_g1_with_hands"
write("twist2.bin", redis_set(
    f"action_body_{suffix}",
    numbers([local[0], local[1], first.position[2], -right_angle, 0.0, yaw_rate, *first.joints]),
) + redis_set(f"action_hand_left_{suffix}", zeros(7)) + redis_set(f"action_hand_right_{suffix}", zeros(7))
    + redis_set(f"action_neck_{suffix}", zeros(2)) + redis_set("t_action", "1790000000125"))


# The human itself. Joints and rotations are made up: what they mean is tested elsewhere.
class Person:
    def __init__(self, k: int) -> None:
        self.rotation = Frame(k).rotation
        self.position = [0.5 + k, -0.25, 0.875]
        self.joints = [[0.01 * j + k, 0.02 * j, -0.01 * j] for j in range(24)]
        self.rotations = [[0.1 * k, 0.01 * j, -0.02 * j] for j in range(21)]


def flat(rows: list) -> list[float]:
    return [number for row in rows for number in (flat(row) if isinstance(row[0], list) else row)]


people = [Person(k) for k in range(4)]
write("sonic_smpl.bin", message("pose", n, [
    ("body_quat", "f32", [n, 4], f32(flat([person.rotation for person in people]))),
    ("frame_index", "i64", [n], struct.pack(f"<{n}q", *[frame.index for frame in frames])),
    ("joint_pos", "f32", [n, 29], f32([frame.joints[j] for frame in frames for j in ISAAC])),
    ("joint_vel", "f32", [n, 29], f32([frame.velocities[j] for frame in frames for j in ISAAC])),
    ("smpl_joints", "f32", [n, 24, 3], f32(flat([person.joints for person in people]))),
    ("smpl_pose", "f32", [n, 21, 3], f32(flat([person.rotations for person in people]))),
    ("catch_up", "u8", [1], b"\0"),
]).replace(b'"v":1', b'"v":3'))


def decimals(value: object) -> str:
    """JSON with six decimals for every fraction."""
    if isinstance(value, float):
        return f"{round(value, 6) + 0.0:.6f}"
    if isinstance(value, list):
        return "[" + ",".join(map(decimals, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{decimals(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


one = Person(1)
write("rt_smpl.json", decimals({"topic": "rt/smpl", "data": {
    "smpl_joints_local": flat(one.joints), "frame_index": 1001, "root_quat": one.rotation,
    "root_transl": [float(number) for number in one.position],
}}).encode())
ten = [Person(k) for k in range(10)]
window = [Frame(k) for k in range(10)]
fields = {
    "smpl_body_pose_aa": [person.rotations for person in ten],
    "smpl_joint_pos_root": [[[float(x) for x in joint] for joint in person.joints] for person in ten],
    "smpl_root_quat_w": [person.rotation for person in ten],
    "joint_pos": [frame.joints for frame in window], "joint_vel": [frame.velocities for frame in window],
    "frame_index": [frame.index for frame in window], "publish_t_ns": [1790000000125000000], "motion_first_frame": [False],
}
names = [
    f"{side}_{joint}_joint" for side in ("left", "right")
    for joint in ("hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll")
] + ["waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint"] + [
    f"{side}_{joint}_joint" for side in ("left", "right")
    for joint in (
        "shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow", "wrist_roll", "wrist_pitch", "wrist_yaw")
]
write("sim2real_smpl.json", decimals({"topic": "pose", "version": 3, "joint_names": names, **fields}).encode())


# sim2real: where every body is, by the profile's own kinematic tree. The rotation of a hinge stands between those of the
# body's place in its parent and of what hangs on it.
def multiply(a: list[float], b: list[float]) -> list[float]:
    (w, x, y, z), (p, q, r, s) = a, b
    return [w * p - x * q - y * r - z * s, w * q + x * p + y * s - z * r, w * r - x * s + y * p + z * q,
            w * s + x * r - y * q + z * p]


def turned(rotation: list[float], vector: list[float]) -> list[float]:
    w, x, y, z = rotation
    return multiply(multiply(rotation, [0.0, *vector]), [w, -x, -y, -z])[1:]


def cross(a: list[float], b: list[float]) -> list[float]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


profile = json.loads((FOLDER.parents[2] / "RobotProfiles/unitree_g1.json").read_text())
hinges = {joint["body"]: joint for joint in profile["joints"]}
driven = [joint["name"] for joint in profile["joints"] if joint["name"] in names]
poses: dict[str, tuple[list[float], list[float]]] = {}
speeds: dict[str, tuple[list[float], list[float]]] = {}
for body in profile["bodies"]:
    if body.get("parent") is None:
        poses[body["name"]] = (first.position, first.rotation)
        speeds[body["name"]] = (first.linear, first.angular)
        continue
    place, rotation = poses[body["parent"]]
    linear, angular = speeds[body["parent"]]
    way = turned(rotation, body["offset"])
    linear = [a + b for a, b in zip(linear, cross(angular, way))]
    place = [a + b for a, b in zip(place, way)]
    rotation = multiply(rotation, body["rotation"])
    hinge = hinges.get(body["name"])
    if hinge and hinge["name"] in driven:
        half = first.joints[driven.index(hinge["name"])] / 2
        rotation = multiply(rotation, [math.cos(half), *(math.sin(half) * axis for axis in hinge["axis"])])
        # The axis goes through the body's origin in this profile.
        rate = first.velocities[driven.index(hinge["name"])]
        angular = [a + rate * b for a, b in zip(angular, turned(rotation, hinge["axis"]))]
    poses[body["name"]] = (place, rotation)
    speeds[body["name"]] = (linear, angular)
write("sim2real.json", decimals({
    "source": "kmmd", "joint_names": driven, "body_names": list(poses), "joint_pos": first.joints,
    "joint_vel": first.velocities, "body_pos_w": [place for place, _ in poses.values()],
    "body_lin_vel_w": [linear for linear, _ in speeds.values()],
    "body_ang_vel_w": [angular for _, angular in speeds.values()],
    # Of the two quaternions of a rotation the one nearer to no rotation, at first.
    "body_quat_w": [[-x for x in rotation] if rotation[0] < 0 else rotation for _, rotation in poses.values()],
    "publish_t_ns": 1790000000125000000, "seq": 1, "frame": first.index, "motion_first_frame": True, "paused": False,
}).encode())
