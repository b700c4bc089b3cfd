"""Senders of live people, written from Documentation/live-people.md alone: the daemon's readers are tested against them.

A frame is SMPL's: 22 local rotations [22, 4] (w, x, y, z), pelvis [3], x left, y up, z ahead. Every sender gives a list of
packets (bytes). Run as a script it writes Tests/LivePeopleTests/Fixtures.
"""

import json
import math
import struct
from pathlib import Path

import numpy as np

PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
NAMES = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot "
    "neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist"
).split()
J = {name: index for index, name in enumerate(NAMES)}
# A body of simple lengths, metres; the readers must not care.
OFFSETS = np.array(
    [
        [0, 0, 0], [0.09, -0.08, 0], [-0.09, -0.08, 0], [0, 0.11, 0], [0, -0.42, 0], [0, -0.42, 0], [0, 0.13, 0],
        [0, -0.43, 0], [0, -0.43, 0], [0, 0.06, 0], [0, -0.07, 0.13], [0, -0.07, 0.13], [0, 0.22, 0],
        [0.07, 0.13, 0], [-0.07, 0.13, 0], [0, 0.1, 0], [0.11, 0, 0], [-0.11, 0, 0], [0.28, 0, 0], [-0.28, 0, 0],
        [0.25, 0, 0], [-0.25, 0, 0],
    ]
)  # fmt: skip


def multiply(a, b):
    w, x, y, z = a
    v, p, q, r = b
    return np.array(
        [
            w * v - x * p - y * q - z * r, w * p + x * v + y * r - z * q, w * q - x * r + y * v + z * p,
            w * r + x * q - y * p + z * v,
        ]
    )  # fmt: skip


def conjugate(q):
    return np.array([q[0], -q[1], -q[2], -q[3]])


def rotate(q, v):
    return multiply(multiply(q, np.array([0, *v])), conjugate(q))[1:]


def slerp(a, b, t):
    dot = float(np.dot(a, b))
    if dot < 0:
        b, dot = -b, -dot
    angle = math.acos(min(dot, 1))
    if angle < 1e-6:
        return a
    return (math.sin((1 - t) * angle) * a + math.sin(t * angle) * b) / math.sin(angle)


def world(frame, offsets=OFFSETS):
    """World orientations [22, 4] and places [22, 3]."""
    rotations, pelvis = frame
    turns, places = [], []
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            turns.append(rotations[joint])
            places.append(np.asarray(pelvis, float))
        else:
            turns.append(multiply(turns[parent], rotations[joint]))
            places.append(places[parent] + rotate(turns[parent], offsets[joint]))
    return np.array(turns), np.array(places)


# Changes of axes, from SMPL's: each is its own row of the page, turned round.
def unity_p(p):
    return np.array([-p[0], p[1], p[2]])


def unity_q(q):
    return np.array([q[0], q[1], -q[2], -q[3]])


def zup_p(p):
    return np.array([p[2], p[0], p[1]])


def zup_q(q):
    return np.array([q[0], q[3], q[1], q[2]])


def openxr_p(p):
    return np.array([-p[0], p[1], -p[2]])


def openxr_q(q):
    return np.array([q[0], -q[1], q[2], -q[3]])


# ---------------------------------------------------------------------------------------------------------- VMC

BONES = (
    "Hips:pelvis Spine:spine1 Chest:spine2 UpperChest:spine3 Neck:neck Head:head LeftShoulder:left_collar "
    "LeftUpperArm:left_shoulder LeftLowerArm:left_elbow LeftHand:left_wrist RightShoulder:right_collar "
    "RightUpperArm:right_shoulder RightLowerArm:right_elbow RightHand:right_wrist LeftUpperLeg:left_hip "
    "LeftLowerLeg:left_knee LeftFoot:left_ankle LeftToes:left_foot RightUpperLeg:right_hip RightLowerLeg:right_knee "
    "RightFoot:right_ankle RightToes:right_foot"
).split()


def osc_text(text):
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


def osc(address, *arguments):
    types, data = ",", b""
    for argument in arguments:
        if isinstance(argument, str):
            types, data = types + "s", data + osc_text(argument)
        elif isinstance(argument, int):
            types, data = types + "i", data + struct.pack(">i", argument)
        else:
            types, data = types + "f", data + struct.pack(">f", argument)
    return osc_text(address) + osc_text(types) + data


def osc_bundle(*elements):
    data = b"#bundle\0" + struct.pack(">Q", 1)
    for element in elements:
        data += struct.pack(">i", len(element)) + element
    return data


def vmc_bones(frame):
    rotations, pelvis = frame
    for item in BONES:
        bone, joint = item.split(":")
        p = unity_p(pelvis if bone == "Hips" else OFFSETS[J[joint]])
        w, x, y, z = unity_q(rotations[J[joint]])
        yield osc("/VMC/Ext/Bone/Pos", bone, *map(float, p), float(x), float(y), float(z), float(w))


ROOT = osc("/VMC/Ext/Root/Pos", "root", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def vmc(frame, time, number=0):
    """All in one bundle, as SlimeVR."""
    return [osc_bundle(osc("/VMC/Ext/T", float(time)), osc("/VMC/Ext/OK", 1), ROOT, *vmc_bones(frame))]


def vmc_loose(frame, time, number=0):
    """Message by message, the clock last, as the reference's samples without bundles."""
    return [ROOT, *vmc_bones(frame), osc("/VMC/Ext/OK", 1, 3, 0, 1), osc("/VMC/Ext/T", float(time))]


# ------------------------------------------------------------------------------------------------------- mocopi


def tag(name, data):
    return struct.pack("<I", len(data)) + name.encode() + data


MOCOPI_PARENTS = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 11, 12, 13, 7, 15, 16, 17, 0, 19, 20, 21, 0, 23, 24, 25]
MOCOPI = {
    0: "pelvis", 3: "spine1", 5: "spine2", 7: "spine3", 9: "neck", 10: "head", 11: "left_collar", 12: "left_shoulder",
    13: "left_elbow", 14: "left_wrist", 15: "right_collar", 16: "right_shoulder", 17: "right_elbow", 18: "right_wrist",
    19: "left_hip", 20: "left_knee", 21: "left_ankle", 22: "left_foot", 23: "right_hip", 24: "right_knee",
    25: "right_ankle", 26: "right_foot",
}  # fmt: skip


def mocopi_head():
    return tag("head", tag("ftyp", b"sony motion format") + tag("vrsn", b"\1")) + tag(
        "sndf", tag("ipad", bytes(8)) + tag("rcvp", struct.pack("<H", 12351))
    )


def tran(q, p):
    w, x, y, z = q
    return tag("tran", struct.pack("<7f", x, y, z, w, *p))


def mocopi_skeleton():
    bones = b""
    for bone, parent in enumerate(MOCOPI_PARENTS):
        p = OFFSETS[J[MOCOPI[bone]]] if bone in MOCOPI else np.zeros(3)
        bones += tag(
            "bndt",
            tag("bnid", struct.pack("<H", bone)) + tag("pbid", struct.pack("<H", parent)) + tran([1, 0, 0, 0], p),
        )
    return [mocopi_head() + tag("skdf", tag("bons", bones))]


def mocopi(frame, time, number=0):
    turns, _ = world(frame)
    mine = {}
    for bone, parent in enumerate(MOCOPI_PARENTS):
        # Bones between the known ones go with the next known one inwards.
        mine[bone] = turns[J[MOCOPI[bone]]] if bone in MOCOPI else mine[parent]
    bones = b""
    for bone, parent in enumerate(MOCOPI_PARENTS):
        local = mine[bone] if bone == 0 else multiply(conjugate(mine[parent]), mine[bone])
        p = frame[1] if bone == 0 else np.zeros(3)
        bones += tag("btdt", tag("bnid", struct.pack("<H", bone)) + tran(local, p))
    fields = tag("fnum", struct.pack("<I", number)) + tag("time", struct.pack("<f", time))
    fields += tag("uttm", struct.pack("<d", 1.7e9 + time)) + tag("btrs", bones)
    return [mocopi_head() + tag("fram", fields)]


# ------------------------------------------------------------------------------------------------------- Rokoko

R = math.sqrt(0.5)
LEFT_ARM, RIGHT_ARM = [-0.5, -0.5, -0.5, 0.5], [0.5, 0.5, -0.5, 0.5]
ROKOKO = {
    "hip": ("pelvis", [1, 0, 0, 0]), "spine": ("spine1", [0, 0, 0, 1]), "chest": ("spine3", [0, 0, 0, 1]),
    "neck": ("neck", [0, 0, 0, 1]), "head": ("head", [0, 0, 0, 1]), "leftShoulder": ("left_collar", [-R, 0, 0, R]),
    "leftUpperArm": ("left_shoulder", LEFT_ARM), "leftLowerArm": ("left_elbow", LEFT_ARM),
    "leftHand": ("left_wrist", LEFT_ARM), "rightShoulder": ("right_collar", [R, 0, 0, R]),
    "rightUpperArm": ("right_shoulder", RIGHT_ARM), "rightLowerArm": ("right_elbow", RIGHT_ARM),
    "rightHand": ("right_wrist", RIGHT_ARM), "leftUpLeg": ("left_hip", [R, 0, R, 0]),
    "leftLeg": ("left_knee", [R, 0, R, 0]), "leftFoot": ("left_ankle", [0, 0, R, -R]),
    "leftToe": ("left_foot", [0, 0, R, -R]), "rightUpLeg": ("right_hip", [R, 0, -R, 0]),
    "rightLeg": ("right_knee", [R, 0, -R, 0]), "rightFoot": ("right_ankle", [0, 0, -R, R]),
    "rightToe": ("right_foot", [0, 0, -R, R]),
}  # fmt: skip


def rokoko_actor(frame, name):
    turns, places = world(frame)
    body = {}
    for bone, (joint, rest) in ROKOKO.items():
        w, x, y, z = map(float, multiply(unity_q(turns[J[joint]]), np.array(rest, float)))
        px, py, pz = map(float, unity_p(places[J[joint]]))
        body[bone] = {
            "position": {"x": px, "y": py, "z": pz}, "rotation": {"x": x, "y": y, "z": z, "w": w}
        }  # fmt: skip
    return body


def rokoko(frame, time, number=0, version="3,0", name="anna", packed=None):
    """JSON v3 and v4; `packed` compresses it."""
    actor = {
        "name": name, "color": [0, 0, 0], "meta": {"hasBody": True, "hasGloves": False, "hasFace": False},
        "dimensions": {"totalHeight": 1.7, "hipHeight": 0.9}, "body": rokoko_actor(frame, name),
    }  # fmt: skip
    text = json.dumps({"version": version, "fps": 60, "scene": {"timestamp": time, "actors": [actor], "props": []}})
    return [packed(text.encode()) if packed else text.encode()]


def rokoko_v2(frame, time, number=0, name="anna"):
    actor = {"name": name, "id": "0", "isLive": True, **rokoko_actor(frame, name)}
    return [json.dumps({"version": 2, "timestamp": time, "props": [], "actors": [actor]}).encode()]


# -------------------------------------------------------------------------------------------------------- Xsens

XSENS = (
    "pelvis l5 spine1 spine2 spine3 neck head right_collar right_shoulder right_elbow right_wrist left_collar "
    "left_shoulder left_elbow left_wrist right_hip right_knee right_ankle right_foot left_hip left_knee left_ankle "
    "left_foot"
).split()


def xsens(frame, time, number=0, datagrams=1, character=0):
    turns, places = world(frame)
    items = []
    for index, joint in enumerate(XSENS):
        own = J.get(joint, 0)
        items.append(struct.pack(">i3f4f", index + 1, *zup_p(places[own]), *zup_q(turns[own])))
    packets = []
    share = -(-len(items) // datagrams)
    for index in range(datagrams):
        part = items[index * share : (index + 1) * share]
        counter = index | (0x80 if index == datagrams - 1 else 0)
        head = b"MXTP02" + struct.pack(
            ">IBBIBBBBHH", number, counter, len(part), int(time * 1000), character, 23, 0, 0, 0, 32 * len(part)
        )
        packets.append(head + b"".join(part))
    return packets


# ------------------------------------------------------------------------------------------------------- Noitom

AXIS = (
    "pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine1 spine2 spine3 neck neck1 head "
    "right_collar right_shoulder right_elbow right_wrist"
).split() + ["finger"] * 19 + "left_collar left_shoulder left_elbow left_wrist".split() + ["finger"] * 19  # fmt: skip


def yxz_degrees(q):
    """Angles a, b, c with R = Ry(a) Rx(b) Rz(c), degrees, in the order in which they are sent."""
    w, x, y, z = q
    b = math.asin(max(-1.0, min(1.0, 2 * (w * x - y * z))))
    a = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    c = math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return [math.degrees(v) for v in (a, b, c)]


def axis_studio(frame, time, number=0, name="Avatar"):
    rotations, pelvis = frame
    values = []
    for joint in AXIS:
        own = J.get(joint)
        offset = pelvis if joint == "pelvis" else (OFFSETS[own] if own is not None else np.zeros(3))
        q = rotations[own] if own is not None else [1, 0, 0, 0]
        values += [100 * float(v) for v in offset] + yxz_degrees(q)
    head = b"\xff\xdd" + bytes([0, 1, 1, 1]) + struct.pack("<HBBI", len(values), 1, 0, 0)
    head += name.encode().ljust(32, b"\0") + struct.pack("<I", number) + bytes(12) + b"\xff\xee"
    return [head + struct.pack(f"<{len(values)}f", *values)]


# ------------------------------------------------------------------------------------------------------- NatNet

NATNET = (
    "Hips:pelvis Spine:spine1 Spine1:spine3 Neck:neck Head:head LeftShoulder:left_collar LeftArm:left_shoulder "
    "LeftForeArm:left_elbow LeftHand:left_wrist RightShoulder:right_collar RightArm:right_shoulder "
    "RightForeArm:right_elbow RightHand:right_wrist LeftUpLeg:left_hip LeftLeg:left_knee LeftFoot:left_ankle "
    "LeftToeBase:left_foot RightUpLeg:right_hip RightLeg:right_knee RightFoot:right_ankle RightToeBase:right_foot"
).split()


def natnet_packet(message, payload):
    return struct.pack("<HH", message, len(payload)) + payload


def natnet_server(version=(4, 1)):
    payload = b"Motive".ljust(256, b"\0") + bytes([3, 1, 0, 0, version[0], version[1], 0, 0])
    return natnet_packet(1, payload + struct.pack("<QHB4B", 1_000_000_000, 1511, 1, 239, 255, 42, 99))


def natnet_model(version=(4, 1), name="Anna"):
    bones = name.encode() + b"\0" + struct.pack("<ii", 1, len(NATNET))
    for index, item in enumerate(NATNET):
        bone, joint = item.split(":")
        bones += f"{name}_{bone}".encode() + b"\0" + struct.pack("<ii3f", index + 1, index, *OFFSETS[J[joint]])
        bones += struct.pack("<i", 0)
    size = struct.pack("<i", len(bones)) if version >= (4, 1) else b""
    return natnet_packet(5, struct.pack("<ii", 1, 2) + size + bones)


def natnet(frame, time, number=0, version=(4, 1)):
    turns, places = world(frame)
    skeleton = struct.pack("<ii", 1, len(NATNET))
    for index, item in enumerate(NATNET):
        own = J[item.split(":")[1]]
        w, x, y, z = turns[own]
        skeleton += struct.pack("<i3f4ffh", 1 << 16 | index + 1, *places[own], x, y, z, w, 0.001, 1)

    def section(count, data=b""):
        return struct.pack("<i", count) + (struct.pack("<i", len(data)) if version >= (4, 1) else b"") + data

    payload = struct.pack("<i", number) + section(1, b"all\0" + struct.pack("<i3f", 1, 1, 2, 3)) + section(0) + section(0)
    payload += section(1, skeleton)
    if version >= (4, 1):
        payload += section(0)
    payload += section(0) + section(0) + section(0) + struct.pack("<iid", 0, 0, time)
    payload += struct.pack("<QQQ", 1, 2, 3) + (struct.pack("<II", 0, 0) if version >= (4, 1) else b"")
    return [natnet_packet(7, payload + struct.pack("<H", 0))]


# ------------------------------------------------------------------------------------------------ XRoboToolkit


def xrobotoolkit(frame, time, number=0):
    turns, places = world(frame)
    joints = []
    for joint in range(24):
        own = min(joint, 21) if joint < 22 else (20, 21)[joint - 22]
        w, x, y, z = openxr_q(turns[own])
        p = openxr_p(places[own])
        joints.append({"p": ",".join(f"{v:.7f}" for v in (*p, x, y, z, w)), "t": 0})
    inner = {"timeStampNs": int(time * 1e9), "predictTime": 0, "appState": {"focus": True}, "Body": {"joints": joints}}
    body = json.dumps({"functionName": "Tracking", "value": json.dumps(inner)}).encode()
    return [b"\x3f\x6d" + struct.pack("<I", len(body)) + body + struct.pack("<q", int(time * 1000)) + b"\xa5"]


# ------------------------------------------------------------------------------------------------ SMPL messages


def container(topic, fields, header=None, version=1, count=1):
    """The container of Documentation/protocol.md."""
    kinds = {"f4": "f32", "f8": "f64", "i8": "i64", "u1": "u8"}
    arrays = [(name, np.ascontiguousarray(value)) for name, value in fields]
    described = [
        {"name": name, "dtype": kinds[value.dtype.str[1:]], "shape": list(value.shape)} for name, value in arrays
    ]
    head = json.dumps({"v": version, "endian": "le", "count": count, "fields": described, **(header or {})}).encode()
    assert len(head) <= 1280, len(head)
    return topic.encode() + head.ljust(1280, b"\0") + b"".join(value.tobytes() for _, value in arrays)


def rotation_vector(q):
    w, v = q[0], np.asarray(q[1:])
    if w < 0:
        w, v = -w, -v
    s = np.linalg.norm(v)
    return v * (2 * math.atan2(s, w) / s if s > 1e-9 else 2)


def sonic(frame, time, number=0):
    """A window of five frames that ends now, as SONIC's own sender; the older four are as the newest."""
    rotations, _ = frame
    pose = np.array([rotation_vector(q) for q in rotations[1:]], np.float32)
    index = np.arange(number - 4, number + 1, dtype=np.int64)
    return [
        container(
            "pose",
            [
                ("body_quat", np.repeat([zup_q(rotations[0])], 5, 0).astype(np.float32)),
                ("frame_index", index), ("smpl_pose", np.repeat([pose], 5, 0)),
                ("timestamp_monotonic", np.array([time])),
            ],
            version=3, count=5,
        )
    ]  # fmt: skip


def sim2real(frame, time, number=0):
    rotations, _ = frame
    pose = [float(v) for q in rotations[1:] for v in rotation_vector(q)]
    root = [float(v) for v in zup_q(rotations[0])]
    index = list(range(number - 9, number + 1))
    message = {
        "topic": "pose", "version": 3, "smpl_body_pose_aa": [pose] * 10, "smpl_root_quat_w": [root] * 10,
        "frame_index": index, "publish_t_ns": [int(time * 1e9)], "motion_first_frame": [False],
    }  # fmt: skip
    return [json.dumps(message).encode()]


# LeRobot's message holds places of SMPL's own joints: a mean body's lengths, metres.
SMPL_OFFSETS = np.array(
    [
        [0, 0, 0], [0.0695, -0.0914, -0.0068], [-0.0677, -0.0905, -0.0043], [-0.0025, 0.1090, -0.0267],
        [0.0343, -0.3752, -0.0045], [-0.0383, -0.3826, -0.0089], [0.0055, 0.1352, 0.0011], [-0.0136, -0.3980, -0.0437],
        [0.0158, -0.3984, -0.0423], [0.0015, 0.0529, 0.0254], [0.0264, -0.0558, 0.1193], [-0.0254, -0.0481, 0.1233],
        [-0.0028, 0.2139, -0.0429], [0.0788, 0.1217, -0.0341], [-0.0818, 0.1188, -0.0386], [0.0052, 0.0650, 0.0513],
        [0.0910, 0.0305, -0.0089], [-0.0960, 0.0326, -0.0091], [0.2596, -0.0128, -0.0275], [-0.2537, -0.0133, -0.0214],
        [0.2492, 0.0090, -0.0012], [-0.2553, 0.0078, -0.0056],
    ]
)  # fmt: skip


def lerobot(frame, time, number=0):
    turns, places = world(frame, SMPL_OFFSETS)
    base = zup_q(turns[0])
    joints = [rotate(conjugate(base), zup_p(places[min(joint, 21)] - places[0])) for joint in range(22)]
    # SMPL's hands lie on beyond the wrists.
    for wrist, out in ((20, 0.08), (21, -0.08)):
        hand = places[wrist] + rotate(turns[wrist], np.array([out, 0.0, 0.0]))
        joints.append(rotate(conjugate(base), zup_p(hand - places[0])))
    data = {
        "frame_index": number, "smpl_joints_local": [float(v) for p in joints for v in p],
        "root_quat": [float(v) for v in base], "root_transl": [float(v) for v in zup_p(places[0])],
    }  # fmt: skip
    return [json.dumps({"topic": "rt/smpl", "data": data}).encode()]


def native(frame, time, number=0, name="anna", session=1, **header):
    rotations, pelvis = frame
    fields = [("rot", np.asarray(rotations, np.float32)), ("root_pos", np.asarray(pelvis, np.float32))]
    stamp = {"skeleton": "smpl22", "seq": number, "session": session, "t_src_ns": int(time * 1e9)}
    return [container(f"human.{name}.", fields, {**stamp, **header})]


# ----------------------------------------------------------------------------------------------------- fixtures


def random_frame(rng, amount):
    rotations = []
    for joint in range(22):
        v = rng.normal(size=3) * amount
        angle = np.linalg.norm(v)
        rotations.append(np.array([math.cos(angle / 2), *(math.sin(angle / 2) * v / max(angle, 1e-9))]))
    return np.array(rotations), np.array([0.3, 0.94, -0.2])


SENDERS = {
    "vmc": vmc, "vmc_loose": vmc_loose, "mocopi": mocopi, "rokoko": rokoko, "rokoko_v2": rokoko_v2, "xsens": xsens,
    "xsens_split": lambda *a: xsens(*a, datagrams=3), "axis": axis_studio, "natnet": natnet,
    "natnet_31": lambda *a: natnet(*a, version=(3, 1)), "xrobotoolkit": xrobotoolkit, "sonic_smpl": sonic,
    "sim2real_smpl": sim2real, "lerobot_smpl": lerobot, "native": native,
}  # fmt: skip


def main():
    import lz4.frame

    senders = dict(SENDERS, rokoko_lz4=lambda *a: rokoko(*a, version=4, packed=lz4.frame.compress))
    folder = Path(__file__).resolve().parents[3] / "Tests/LivePeopleTests/Fixtures"
    before = {
        "mocopi": mocopi_skeleton(), "natnet": [natnet_server(), natnet_model()],
        "natnet_31": [natnet_server((3, 1)), natnet_model((3, 1))],
    }  # fmt: skip
    rng = np.random.default_rng(21)
    rest = (np.array([[1.0, 0, 0, 0]] * 22), np.array([0, 0.95, 0]))
    frames = [rest, random_frame(rng, 0.35), random_frame(rng, 0.35)]
    cases = {}
    del senders["lerobot_smpl"]  # Places tell no twists: what is read is not what was sent.
    for name, sender in senders.items():
        packets = [packet.hex() for packet in before.get(name, [])]
        cases[name] = {
            "before": packets,
            "frames": [[p.hex() for p in sender(f, 100 + n / 60, 50 + n)] for n, f in enumerate(frames)],
        }
    wanted = [{"rotations": np.round(f[0], 7).tolist(), "pelvis": f[1].tolist()} for f in frames]
    (folder / "senders.json").write_text(json.dumps({"frames": wanted, "cases": cases}))


if __name__ == "__main__":
    main()
