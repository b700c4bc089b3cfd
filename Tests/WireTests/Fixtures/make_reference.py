"""Writes reference.bin and trajectory.bin: one message of each kind of the native stream, put together from the page that
describes them.

    python3 Tests/WireTests/Fixtures/make_reference.py
"""

import json
import pathlib
import struct

joints, contacts = 3, 4
fields = [
    ("root_pos", 3), ("root_quat", 4), ("root_lin_vel", 3), ("root_ang_vel", 3), ("joint_pos", joints),
    ("joint_vel", joints), ("contacts", contacts),
]
fixed = {
    "v": 1, "endian": "le", "count": 1,
    "fields": [{"name": name, "dtype": "f32", "shape": [count]} for name, count in fields],
    "epoch": 4503599627370495, "rate_hz": 50.0, "stale_after_ms": 150, "profile": "0123456789abcdef", "quat": "wxyz",
    "frame_id": "world",
}
header = json.dumps(fixed, separators=(",", ":"))[:-1]
for name, value, width in [
    ("seq", "41", 19), ("frame", "-7", 19), ("t_mono_ns", "123456789012345", 19),
    ("t_wall_ns", "1790000000123456789", 19), ("t_play_ns", "1790000000123456790", 19), ("segment", "12", 12),
    ("command", '"c-000123"', 16),
]:
    header += f',"{name}":{value:>{width}}'
for name, value, width in [
    ("first_of_segment", "true", 5), ("state", '"playing"', 10), ("human", "null", 66), ("human_state", "null", 12),
    ("human_age_ms", "null", 8), ("human_lost", "null", 10),
]:
    header += f',"{name}":{value:<{width}}'
header += "}"
numbers = [
    1.25, -2.5, 0.75, 0.5, -0.5, 0.5, -0.5, 0.1, 0.2, 0.3, -0.1, -0.2, -0.3, 0.01, -1.5, 3.0, 10.0, -20.0, 0.0,
    1.0, 0.0, 0.25, 0.75,
]
message = b"reference.test_robot." + header.encode().ljust(1280, b"\0") + struct.pack(f"<{len(numbers)}f", *numbers)
pathlib.Path(__file__).with_name("reference.bin").write_bytes(message)

# Two frames ahead, of a robot of three joints.
rows = [
    (12, [0.01, -1.5, 3.0], [10.0, -20.0, 0.0], [1.25, -2.5, 0.75], [0.5, -0.5, 0.5, -0.5]),
    (13, [0.02, -1.25, 2.5], [9.0, -10.0, 0.5], [1.5, -2.5, 0.75], [0.0, 0.6, 0.0, 0.8]),
]
count = len(rows)
layout = [
    ("frame", "i64", [count]), ("joint_pos", "f32", [count, joints]), ("joint_vel", "f32", [count, joints]),
    ("root_pos", "f32", [count, 3]), ("root_quat", "f32", [count, 4]),
]
header = json.dumps({
    "v": 1, "endian": "le", "count": 1,
    "fields": [{"name": name, "dtype": kind, "shape": shape} for name, kind, shape in layout],
    "epoch": 4503599627370495, "seq": 41, "t_mono_ns": 123456789012345, "t_wall_ns": 1790000000123456789, "rate_hz": 50,
    "profile": "0123456789abcdef", "quat": "wxyz", "frame_id": "world",
}, separators=(",", ":"))
columns = [[number for row in rows for number in row[column]] for column in range(1, 5)]
message = b"trajectory.test_robot." + header.encode().ljust(1280, b"\0") + struct.pack(f"<{count}q", *[row[0] for row in rows])
message += b"".join(struct.pack(f"<{len(column)}f", *column) for column in columns)
pathlib.Path(__file__).with_name("trajectory.bin").write_bytes(message)
