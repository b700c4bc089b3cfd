"""Robot profiles: the schema judged by another validator, the exports by MuJoCo, and what `kmmctl profile` says."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import subprocess
import typing

import numpy as np
import pytest
from conftest import ROOT, binary

FOLDER = ROOT / "RobotProfiles"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json") if file.name != "schema.json")


def kmmctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary("kmmctl")), "profile", *arguments], capture_output=True, text=True, timeout=120
    )


def profile(name: str) -> dict[str, typing.Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def validator() -> typing.Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((FOLDER / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_profiles_satisfy_the_schema(validator: typing.Any, name: str) -> None:
    assert [error.message for error in validator.iter_errors(profile(name))] == []


def test_schema_refuses_what_kmmctl_refuses(validator: typing.Any, tmp_path: pathlib.Path) -> None:
    good = profile("unitree_g1")

    def damaged(*path: typing.Any, to: typing.Any = None) -> dict[str, typing.Any]:
        document = copy.deepcopy(good)
        place = document
        for key in path[:-1]:
            place = place[key]
        if to is None:
            del place[path[-1]]
        else:
            place[path[-1]] = to
        return document

    for path, document in {
        "/bodies/3/mass": damaged("bodies", 3, "mass"),
        "/bodies/3/rotation": damaged("bodies", 3, "rotation"),
        "/joints/4/range": damaged("joints", 4, "range"),
        "/joints/4/axis": damaged("joints", 4, "axis"),
        "/joints/4/kind": damaged("joints", 4, "kind", to="hinge"),
        "/joints/4/velocty": damaged("joints", 4, "velocty", to=1),
        "/human/map/0/joint": damaged("human", "map", 0, "joint", to="hip"),
        "/stream/rate": damaged("stream", "rate", to=1000),
        "/name": damaged("name", to="My Robot"),
    }.items():
        assert not validator.is_valid(document), path
        file = tmp_path / "damaged.json"
        file.write_text(json.dumps(document))
        answer = kmmctl("check", str(file), "--json")
        assert answer.returncode == 2
        report = json.loads(answer.stdout)[0]
        assert path in [finding["path"] for finding in report["findings"]], report


def test_check_tells_warnings_from_errors(tmp_path: pathlib.Path) -> None:
    document = profile("unitree_g1")
    file = tmp_path / "robot.json"
    document["human"]["map"][4]["position_weight"] += 1
    file.write_text(json.dumps(document))
    assert kmmctl("check", str(file)).returncode == 0
    strict = kmmctl("check", str(file), "--strict")
    assert strict.returncode == 1 and "/human/map/4/position_weight" in strict.stdout
    assert kmmctl("check", str(tmp_path / "absent.json"), "unitree_g1").returncode == 2


def test_list_show_and_diff(tmp_path: pathlib.Path) -> None:
    listed = json.loads(kmmctl("list", "--json").stdout)
    assert [each["name"] for each in listed["profiles"]] == NAMES and listed["failures"] == []
    shown = kmmctl("show", "unitree_g1", "--json").stdout
    other = tmp_path / "other.json"
    other.write_text(shown)
    assert json.loads(shown) == profile("unitree_g1")
    assert kmmctl("diff", "unitree_g1", str(other)).returncode == 0
    document = json.loads(shown)
    document["stream"]["rate"] = 100
    other.write_text(json.dumps(document))
    different = kmmctl("diff", "unitree_g1", str(other))
    assert different.returncode == 1 and different.stdout.strip() == "~ /stream/rate: 50 -> 100"


def filled(start: str, piece: str, size: int, end: str = "") -> str:
    return start + piece * (size // len(piece)) + end


LARGEST = 16 << 20
HOSTILE = {
    "nested.urdf": filled('<robot name="r">', '<link name="a">', 50_000_000),
    "nested_within_the_size.urdf": filled('<robot name="r">', '<link name="a">', LARGEST - 1000),
    "many.urdf": filled('<robot name="r">', '<link name="a"/>', LARGEST - 1000, "</robot>"),
    "many.xml": filled("<mujoco><worldbody><body>", "<body><joint/></body>", LARGEST - 1000),
    "name.urdf": filled('<robot><link name="', "x", LARGEST - 1000, '"/></robot'),
    "attributes.urdf": "<robot " + " ".join(f'a{index}="1"' for index in range(1_300_000)) + "/>",
    "text.urdf": filled("<robot>", "x", LARGEST - 1000, "</robot>"),
    "laughs.urdf": '<!DOCTYPE robot [<!ENTITY e0 "ha">'
    + "".join(f'<!ENTITY e{index} "{f"&e{index - 1};" * 10}">' for index in range(1, 10))
    + ']><robot name="&e9;"/>',
    "nested.json": "[" * (4 << 20),
    "long.json": filled('{"bodies":[', "1,", 50_000_000, "1]}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_little_memory(name: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / name
    file.write_text(HOSTILE[name])
    what = ["check", str(file)] if name.endswith("json") else ["import", str(file), "--name", "r", "-o", str(file) + ".json"]
    with (tmp_path / "answer").open("w+") as answer:
        process = subprocess.Popen([str(binary("kmmctl")), "profile", *what], stdout=answer, stderr=answer)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        said = answer.read()
    assert process.returncode == 2, said[:300]
    assert name in said and ("expected" in said or "JSON as of RFC 8259" in said) and len(said) < 1000, said[:300]
    assert usage.ru_maxrss < 500_000, f"{usage.ru_maxrss} kB"


@pytest.mark.parametrize("suffix", ["xml", "urdf"])
@pytest.mark.parametrize("name", NAMES)
def test_mujoco_agrees_on_where_the_bodies_of_an_export_are(name: str, suffix: str, tmp_path: pathlib.Path) -> None:
    mujoco = pytest.importorskip("mujoco", reason="mujoco, the judge of exports, is not installed")
    file = tmp_path / f"{name}.{suffix}"
    written = kmmctl("export", name, "-o", str(file))
    assert written.returncode == 0, written.stderr
    model = mujoco.MjModel.from_xml_path(str(file))
    data = mujoco.MjData(model)
    document = profile(name)
    driven = {
        joint["name"]: joint.get("range", [-np.pi, np.pi])
        for joint in document["joints"]
        if joint["kind"] in ("revolute", "continuous", "prismatic") and "mimic" not in joint
    }
    random = np.random.default_rng(7)
    drawn = {joint: random.uniform(*limits) for joint, limits in driven.items()}
    for positions in ({}, drawn):
        settings = [text for joint, value in positions.items() for text in ("--joint", f"{joint}={value!r}")]
        answer = kmmctl("pose", name, *settings)
        assert answer.returncode == 0, answer.stderr
        ours = json.loads(answer.stdout)
        stand = document["poses"]["stand"]
        values = dict.fromkeys(driven, 0.0) | stand["joints"] | positions
        for joint in document["joints"]:
            if "mimic" in joint:
                mimic = joint["mimic"]
                values[joint["name"]] = mimic["ratio"] * values[mimic["joint"]] + mimic["offset"]
        for joint, value in values.items():
            data.qpos[model.jnt_qposadr[model.joint(joint).id]] = value
        floats = document["joints"][0]["kind"] == "floating"
        if floats and suffix == "xml":
            data.qpos[:7] = stand["root_position"] + stand["root_rotation"]
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        # A URDF has no world: its root stands at the origin. Both are compared in the root's frame.
        root = document["bodies"][0]["name"]
        for body, pose in ours["bodies"].items():
            if suffix == "urdf" and body == root:
                continue
            place = relative(ours["bodies"][root], pose)
            origin = np.r_[data.body(root).xpos, data.body(root).xquat] if suffix == "xml" else [0, 0, 0, 1, 0, 0, 0]
            judged = relative(origin, np.r_[data.body(body).xpos, data.body(body).xquat])
            assert np.allclose(place[0], judged[0], atol=1e-7), body
            assert np.allclose(place[1], judged[1], atol=1e-7), body
        if suffix == "xml":
            assert np.allclose(data.subtree_com[0], ours["com"], atol=1e-6)
            if not positions:
                key = model.key("stand")
                assert np.allclose(key.qpos, data.qpos, atol=1e-12)


def relative(origin: typing.Any, pose: typing.Any) -> tuple[np.ndarray, np.ndarray]:
    """Position and matrix of a pose in the frame of another, both x, y, z, w, x, y, z."""
    from kinematics import rotation

    turn = rotation(origin[3:]).T
    return turn @ (np.asarray(pose[:3]) - np.asarray(origin[:3])), turn @ rotation(pose[3:])
