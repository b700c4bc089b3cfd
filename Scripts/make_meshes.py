#!/usr/bin/env python3
"""Writes light visual models of the shipped robots: RobotProfiles/Meshes/NAME.glb, for the dashboard and for pictures.

    python3 Scripts/make_meshes.py [--robots ../shared/robots] [--meshes ../shared/meshes] [NAME ...]

One glTF 2.0 file for each profile whose robot has meshes: a node for each body, named as in the profile, with the triangles in
that body's own frame, metres; colours of the maker's model. Bodies of the description that the profile has merged into another
one go into its node. Needs mujoco, numpy and fast_simplification (PyPI).
"""

from __future__ import annotations

import argparse
import json
import pathlib
import struct

import fast_simplification
import mujoco
import numpy as np

from judge_robots import descriptions, quaternion_matrix

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = {"unitree_g1": "unitree_g1_29dof", "booster_t1": "booster_t1_29dof", "unitree_g1_dex3": "unitree_g1_29dof_dex3"}
"""Folders of the robot data that are not named as the profile."""
TRIANGLES = 7000
"""Of a whole robot: some 100 KB."""
COARSEST = 0.35
"""Share of a body's triangles that is left at least: small bodies fall to pieces sooner."""


def read(file: pathlib.Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, each once, triangles, and the colour of each triangle, linear 0 to 1."""
    data = file.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("colour", "<u2")])
    facets = np.frombuffer(data, record, count, 84)
    vertices, index = np.unique(facets["corners"].reshape(-1, 3), axis=0, return_inverse=True)
    bits = facets["colour"].astype(int)
    return vertices, index.reshape(-1, 3), np.where(bits & 0x8000, bits & 0x7FFF, 0x4210)


def lighter(vertices: np.ndarray, faces: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    wanted = max(int(len(faces) * max(share, COARSEST)), 12)
    if len(faces) <= wanted or len(faces) < 40:
        return vertices, faces
    points, kept = fast_simplification.simplify(
        vertices.astype(np.float32), faces.astype(np.int32), 1 - wanted / len(faces))
    return points, kept


class Model:
    """A glTF document that grows."""

    def __init__(self, name: str):
        self.json: dict = {
            "asset": {"version": "2.0", "generator": "kmmd Scripts/make_meshes.py"}, "scene": 0,
            "scenes": [{"name": name, "nodes": []}], "nodes": [], "meshes": [], "materials": [], "accessors": [],
            "bufferViews": [], "buffers": [{}]}
        self.data = bytearray()
        self.materials: dict[int, int] = {}

    def view(self, data: bytes, target: int) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        self.json["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), "target": target})
        self.data += data
        return len(self.json["bufferViews"]) - 1

    def material(self, colour: int) -> int:
        if colour not in self.materials:
            srgb = np.array([colour >> 10 & 31, colour >> 5 & 31, colour & 31]) / 31
            linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
            self.json["materials"].append({"pbrMetallicRoughness": {
                "baseColorFactor": [*(round(float(value), 4) for value in linear), 1.0], "metallicFactor": 0.1,
                "roughnessFactor": 0.7}})
            self.materials[colour] = len(self.json["materials"]) - 1
        return self.materials[colour]

    def add(self, body: str, parts: list[tuple[np.ndarray, np.ndarray, int]]) -> None:
        primitives = []
        for vertices, faces, colour in parts:
            used, index = np.unique(faces, return_inverse=True)
            points = vertices[used].astype("<f4")
            indices = index.reshape(-1)
            small = len(points) < 65536
            self.json["accessors"].append({
                "bufferView": self.view(points.tobytes(), 34962), "componentType": 5126, "count": len(points),
                "type": "VEC3", "min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()})
            self.json["accessors"].append({
                "bufferView": self.view(indices.astype("<u2" if small else "<u4").tobytes(), 34963),
                "componentType": 5123 if small else 5125, "count": len(indices), "type": "SCALAR"})
            count = len(self.json["accessors"])
            primitives.append({
                "attributes": {"POSITION": count - 2}, "indices": count - 1, "material": self.material(colour)})
        self.json["meshes"].append({"primitives": primitives})
        self.json["nodes"].append({"name": body, "mesh": len(self.json["meshes"]) - 1})
        self.json["scenes"][0]["nodes"].append(len(self.json["nodes"]) - 1)

    def bytes(self) -> bytes:
        self.data += b"\0" * (-len(self.data) % 4)
        self.json["buffers"][0]["byteLength"] = len(self.data)
        text = json.dumps(self.json, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self.data)
        return (struct.pack("<III", 0x46546C67, 2, total) + struct.pack("<II", len(text), 0x4E4F534A) + text
                + struct.pack("<II", len(self.data), 0x004E4942) + bytes(self.data))


def make(profile: dict, description: pathlib.Path, meshes: pathlib.Path) -> bytes:
    model = mujoco.MjModel.from_xml_path(str(description))
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    known = {body["name"] for body in profile["bodies"]}
    parts: dict[str, list] = {}
    files = {model.body(k).name: meshes / f"{model.body(k).name}.stl" for k in range(1, model.nbody)}
    total = sum((file.stat().st_size - 84) // 50 for file in files.values() if file.is_file())
    for k in range(1, model.nbody):
        file = files[model.body(k).name]
        if not file.is_file():
            continue
        owner = k
        while owner and model.body(owner).name not in known:
            owner = int(model.body_parentid[owner])
        if not owner:
            continue
        turn, place = data.xmat[owner].reshape(3, 3), data.xpos[owner]
        vertices, faces, colours = read(file)
        vertices = (vertices @ data.xmat[k].reshape(3, 3).T + data.xpos[k] - place) @ turn
        for colour in np.unique(colours):
            points, kept = lighter(vertices, faces[colours == colour], TRIANGLES / max(total, 1))
            if len(kept):
                parts.setdefault(model.body(owner).name, []).append((points, kept, int(colour)))
    result = Model(profile["name"])
    for body in profile["bodies"]:
        if body["name"] in parts:
            result.add(body["name"], parts[body["name"]])
    return result.bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--robots", type=pathlib.Path, default=ROOT.parent / "shared/robots")
    parser.add_argument("--meshes", type=pathlib.Path, default=ROOT.parent / "shared/meshes")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "RobotProfiles/Meshes")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    found = descriptions(options.robots)
    for file in sorted((ROOT / "RobotProfiles").glob("*.json")):
        name = file.stem
        folder = options.meshes / FOLDERS.get(name, name)
        if name == "schema" or options.names and name not in options.names or not folder.is_dir():
            continue
        facts = json.loads((folder / "meshes.json").read_text())
        description = found[folder.name]
        stored = description.parent / facts["description"]
        plain = stored.with_name(stored.name.removesuffix(".xml") + ".nomesh.xml")
        model = plain if stored.suffix == ".xml" and plain.is_file() else description
        data = make(json.loads(file.read_text()), model, folder)
        (options.out / f"{name}.glb").write_bytes(data)
        print(f"{name}: {len(data) // 1024} KB, {facts['licence']}")


if __name__ == "__main__":
    main()
