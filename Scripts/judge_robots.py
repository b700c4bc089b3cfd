#!/usr/bin/env python3
"""Judges imported robots by MuJoCo on their own descriptions, so that no figure is this program's own.

    python3 Scripts/judge_robots.py [--robots ../shared/robots] [--meshes ../shared/meshes] [--kmmctl ...] [ROBOT ...]

For each robot: the profile (made by `kmmctl profile import`, or a shipped one with --shipped), the clips beside the shipped
profiles retargeted to it by `kmmctl retarget`, and then, in MuJoCo:

- meeting: the deepest that two bodies lie in each other, mm, in the stand pose and in the clips. Bodies are the convex hulls of
  their meshes where --meshes has them, else the shapes of the description. Neighbours, and pairs that overlap in the description's
  own zero pose, are left out.
  Where hulls meet by more than 10 mm, the meshes themselves are asked too (`true`): the deepest that a point of one surface lies
  inside the other, told by its winding number.
- sole: lowest point of the feet (their meshes, else their shapes) over the floor, mm: in the stand pose, and the lowest in the
  clips. Only with meshes or shapes.
- limb: mean error of limbs, mm, over the clips, as `kmmctl retarget` reports it.
- yaw: how far the pelvis turns from the way it walks, degrees, least and greatest, in the walk.

Needs mujoco, numpy (PyPI); trimesh is not needed.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import mujoco
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIPS = ("walk", "wave", "squat")
MARKS = ("<!-- judged -->", "<!-- end of judged -->")
SHIPPED_MARKS = ("<!-- judged shipped -->", "<!-- end of judged shipped -->")
NOTEWORTHY = 0.01
"""Bodies whose hulls lie deeper in each other than this, m, are listed and asked by their meshes."""
OVERLAP = 0.001
"""Pairs that lie deeper than this in each other in the description's zero pose are left out, m."""


def descriptions(robots: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every folder with the model that the README prints in bold."""
    found = {}
    for line in (robots / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        bold = re.search(r"\*\*([^*]+\.xml)\*\*", line)
        if len(cells) > 2 and bold and (robots / cells[1] / bold[1]).is_file():
            found[cells[1]] = robots / cells[1] / bold[1]
    return found


def triangles(file: pathlib.Path) -> np.ndarray:
    """Corners of the triangles of a binary STL, (count, 3, 3)."""
    data = file.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("colour", "<u2")])
    return np.frombuffer(data, record, count, 84)["corners"].astype(float)


def inside(points: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Which points lie inside a mesh that may be open in places: by its winding number (van Oosterom, Strackee 1983)."""
    turns = np.zeros(len(points))
    for start in range(0, len(mesh), 1000):
        a, b, c = (mesh[start:start + 1000, k] - points[:, None] for k in range(3))
        la, lb, lc = (np.linalg.norm(v, axis=-1) for v in (a, b, c))
        over = np.einsum("ijk,ijk->ij", a, np.cross(b, c))
        dot = lambda u, v: np.einsum("ijk,ijk->ij", u, v)  # noqa: E731
        under = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
        turns += np.arctan2(over, under).sum(axis=1) / (2 * math.pi)
    return np.abs(turns) > 0.5


def surface(mesh: np.ndarray) -> np.ndarray:
    """Points on a mesh: corners, middles of sides and of triangles."""
    middles = [(mesh[:, a] + mesh[:, b]) / 2 for a, b in ((0, 1), (1, 2), (2, 0))]
    return np.concatenate([mesh.reshape(-1, 3), *middles, mesh.mean(axis=1)])


def depth(mesh: np.ndarray, other: np.ndarray) -> float:
    """The deepest that a point of one mesh lies under the surface of the other, m."""
    points = np.unique(surface(mesh).round(5), axis=0)
    points = points[np.all((points > other.min(axis=(0, 1))) & (points < other.max(axis=(0, 1))), axis=1)]
    if not len(points):
        return 0.0
    points = points[inside(points, other)]
    if not len(points):
        return 0.0
    skin = surface(other)
    return float(max(np.linalg.norm(skin - point, axis=1).min() for point in points))


class Judge:
    """One robot in MuJoCo."""

    def __init__(self, model: pathlib.Path, meshes: pathlib.Path | None):
        spec = mujoco.MjSpec.from_file(str(model))
        for geom in list(spec.worldbody.geoms):
            spec.delete(geom)
        for exclude in list(spec.excludes):
            spec.delete(exclude)
        for pair in list(spec.pairs):
            spec.delete(pair)
        self.vertices: dict[str, np.ndarray] = {}
        self.triangles: dict[str, np.ndarray] = {}
        self.meshed = 0
        for body in spec.bodies:
            file = meshes / f"{body.name}.stl" if meshes else None
            if file and file.is_file():
                mesh_triangles = triangles(file)
                points = np.unique(mesh_triangles.reshape(-1, 3), axis=0)
                for geom in list(body.geoms):
                    spec.delete(geom)
                if np.ptp(points, axis=0).min() < 1e-4 or len(points) < 4:
                    continue
                self.vertices[body.name] = points
                self.triangles[body.name] = mesh_triangles
                mesh = spec.add_mesh(name=f"hull_{body.name}", uservert=points.astype(np.float32).flatten())
                mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
                body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=mesh.name, density=0, name=f"h_{body.name}")
                self.meshed += 1
        for geom in spec.geoms:
            geom.contype, geom.conaffinity, geom.margin, geom.gap = 1, 1, 0, 0
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.names = [self.model.body(k).name for k in range(self.model.nbody)]
        self.joints = {self.model.joint(k).name: self.model.jnt_qposadr[k] for k in range(self.model.njnt)}
        self.ignored: set[tuple[int, int]] = set()
        self.pose({})
        self.ignored = {pair for pair, depth in self.meetings().items() if depth > OVERLAP}

    def pose(self, joints: dict[str, float]) -> None:
        data, model = self.data, self.model
        data.qpos[:] = model.qpos0
        if not joints:
            for k in range(model.njnt):
                if model.jnt_type[k] in (2, 3) and model.jnt_limited[k]:
                    low, high = model.jnt_range[k]
                    data.qpos[model.jnt_qposadr[k]] = min(max(0.0, low), high)
        for name, value in joints.items():
            for spelling in (name, f"{name}_joint", name.removesuffix("_joint")):
                if spelling in self.joints:
                    data.qpos[self.joints[spelling]] = value
                    break
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)

    def meetings(self) -> dict[tuple[int, int], float]:
        """Depth by pair of bodies, m."""
        mujoco.mj_collision(self.model, self.data)
        deepest: dict[tuple[int, int], float] = {}
        for contact in self.data.contact[: self.data.ncon]:
            a, b = sorted(self.model.geom_bodyid[geom] for geom in contact.geom)
            if a and (a, b) not in self.ignored:
                deepest[a, b] = max(deepest.get((a, b), 0.0), -contact.dist)
        return deepest

    def true_depth(self, pair: tuple[int, int]) -> float | None:
        """How deep the meshes of two bodies lie in each other, hollows left out, mm; None where one has no mesh."""
        if any(self.names[body] not in self.triangles for body in pair):
            return None
        first, second = (
            self.triangles[self.names[body]] @ self.data.xmat[body].reshape(3, 3).T + self.data.xpos[body] for body in pair)
        return 1000 * max(depth(first, second), depth(second, first))

    def points(self, body: int) -> np.ndarray:
        """Points of a body whose lowest is the body's lowest, in the world of the model."""
        turn, place = self.data.xmat[body].reshape(3, 3), self.data.xpos[body]
        points = []
        for child in range(self.model.nbody):
            if child != body and not (self.model.body_parentid[child] == body and not self.model.body_jntnum[child]):
                continue
            name = self.names[child]
            turn, place = self.data.xmat[child].reshape(3, 3), self.data.xpos[child]
            if name in self.vertices:
                points.append(self.vertices[name] @ turn.T + place)
                continue
            for geom in range(self.model.ngeom):
                if self.model.geom_bodyid[geom] != child:
                    continue
                points.append(self.shape(geom))
        return np.concatenate(points) if points else np.zeros((0, 3))

    def shape(self, geom: int) -> np.ndarray:
        kind, size = self.model.geom_type[geom], self.model.geom_size[geom]
        turn, place = self.data.geom_xmat[geom].reshape(3, 3), self.data.geom_xpos[geom]
        if kind in (2, 3, 5):
            ball = np.array([[math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)]
                             for a in np.linspace(0, 2 * math.pi, 24) for e in np.linspace(-math.pi / 2, math.pi / 2, 13)])
            if kind == 2:
                local = ball * size[0]
            elif kind == 3:
                local = np.concatenate([ball * size[0] + [0, 0, z] for z in (-size[1], size[1])])
            else:
                ring = np.array([[math.cos(a) * size[0], math.sin(a) * size[0], z]
                                 for a in np.linspace(0, 2 * math.pi, 48) for z in (-size[1], size[1])])
                local = ring
        elif kind == 6:
            local = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * size
        else:
            return np.zeros((0, 3))
        return local @ turn.T + place


def quaternion_matrix(q: np.ndarray) -> np.ndarray:
    w, x, y, z = q / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]])


def driven(profile: dict, joints: dict[str, float]) -> dict[str, float]:
    """Joint positions with those of joints that follow others."""
    joints = dict(joints)
    for joint in profile["joints"]:
        if mimic := joint.get("mimic"):
            joints[joint["name"]] = mimic["ratio"] * joints.get(mimic["joint"], 0.0) + mimic["offset"]
    return joints


def judge(kmmctl: str, profiles: pathlib.Path, file: pathlib.Path, model: pathlib.Path, meshes: pathlib.Path | None) -> dict:
    """All figures of one profile."""
    profile = json.loads(file.read_text())
    robot = Judge(model, meshes)
    names = {name: k for k, name in enumerate(robot.names)}
    feet = [names[foot["body"]] for foot in (profile.get("feet") or {}).values() if foot["body"] in names]
    root = names.get(profile["bodies"][0]["name"], 1)
    row: dict = {"meshes": robot.meshed, "ignored": len(robot.ignored)}
    stand = profile["poses"]["stand"]
    upright = quaternion_matrix(np.array(stand["root_rotation"]))

    def meeting() -> tuple[float, str]:
        found = robot.meetings()
        if not found:
            return 0.0, ""
        pair = max(found, key=lambda key: found[key])
        return 1000 * found[pair], " / ".join(robot.names[k] for k in pair)

    deep: dict[tuple[int, int], tuple[float, str, dict[str, float]]] = {}

    def remember(clip: str, joints: dict[str, float]) -> None:
        for pair, meant in robot.meetings().items():
            if meant > max(NOTEWORTHY, deep.get(pair, (0.0,))[0]):
                deep[pair] = (meant, clip, joints)

    def lowest(place: np.ndarray, turn: np.ndarray) -> list[float]:
        """Lowest point of each foot over the floor, mm."""
        base, origin = robot.data.xmat[root].reshape(3, 3), robot.data.xpos[root]
        result = []
        for foot in feet:
            points = robot.points(foot)
            if len(points):
                local = (points - origin) @ base
                result.append(1000 * float((local @ turn.T + place)[:, 2].min()))
        return result

    robot.pose(driven(profile, stand.get("joints", {})))
    row["stand"] = meeting()
    remember("stand", driven(profile, stand.get("joints", {})))
    if heights := lowest(np.array(stand["root_position"]), upright):
        row["stand_soles"] = heights
    deepest, floor, yaws, limbs = (0.0, ""), [], [], []
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / f"{profile['name']}.json").write_text(file.read_text())
        for clip in CLIPS:
            out = pathlib.Path(folder) / f"{clip}.npz"
            done = subprocess.run(
                [kmmctl, "retarget", str(profiles / "motions" / f"{clip}.bvh"), "--robot", profile["name"], "-o", str(out),
                 "--profiles", folder, "--jobs", "1", "--report", f"{out}.json"], capture_output=True, text=True)
            if done.returncode:
                row["error"] = f"{clip}: {(done.stderr.strip().splitlines() or ['failed'])[0]}"
                return row
            limbs += [outcome["quality"]["limb_error"] for outcome in json.loads(pathlib.Path(f"{out}.json").read_text())["files"]]
            with np.load(out) as motion:
                joint_names = [str(name) for name in motion["joint_names"]]
                joints, places, turns = motion["joint_pos"], motion["root_pos"], motion["root_quat"]
                stands, fps = motion["contacts"], float(motion["fps"])
            for frame in range(len(joints)):
                positions = driven(profile, dict(zip(joint_names, joints[frame])))
                robot.pose(positions)
                found = meeting()
                if 1000 * NOTEWORTHY < found[0]:
                    remember(clip, positions)
                if found[0] > deepest[0]:
                    deepest = (found[0], f"{found[1]}, {clip}")
                heights = lowest(places[frame], quaternion_matrix(turns[frame]))
                floor += [(height, bool(stands[frame, k] > 0.5)) for k, height in enumerate(heights) if len(heights) == 2]
            if clip == "walk" and feet:
                reach = int(fps / 2)
                for frame in range(reach, len(places) - reach):
                    way = places[frame + reach] - places[frame - reach]
                    if np.hypot(way[0], way[1]) < 0.2 * 2 * reach / fps:
                        continue
                    ahead = quaternion_matrix(turns[frame]) @ upright.T @ [1, 0, 0]
                    yaw = math.atan2(ahead[1], ahead[0]) - math.atan2(way[1], way[0])
                    yaws.append(math.degrees((yaw + math.pi) % (2 * math.pi) - math.pi))
    row["clips"] = deepest
    row["limb"] = 1000 * sum(limbs) / len(limbs)
    row["deep"] = []
    for pair, (meant, clip, positions) in sorted(deep.items(), key=lambda item: -item[1][0]):
        robot.pose(positions)
        true = robot.true_depth(pair)
        # Where two points are nearest is known to a triangle only; meshes lie no deeper in each other than their hulls.
        true = None if true is None else min(true, 1000 * meant)
        row["deep"].append(
            {"bodies": [robot.names[k] for k in pair], "hulls": 1000 * meant, "true": true, "clip": clip})
    if floor:
        row["lowest"] = min(height for height, _ in floor)
        standing = [height for height, stands in floor if stands]
        row["standing"] = (min(standing), max(standing)) if standing else None
    if yaws:
        row["yaw"] = (min(yaws), max(yaws))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="ROBOT", help="folders; without any all")
    parser.add_argument("--robots", type=pathlib.Path, default=ROOT.parent / "shared/robots")
    parser.add_argument("--meshes", type=pathlib.Path, default=ROOT.parent / "shared/meshes")
    parser.add_argument("--kmmctl", default=str(ROOT / ".build/release/kmmctl"))
    parser.add_argument("--profiles", type=pathlib.Path, default=ROOT / "RobotProfiles", help="folder of shipped profiles")
    parser.add_argument("--shipped", action="store_true", help="judge the shipped profiles")
    parser.add_argument("--without-meshes", action="store_true", help="import without them; they judge all the same")
    parser.add_argument("--table", type=pathlib.Path, help="a Markdown file with the marks of the table")
    parser.add_argument("--json", type=pathlib.Path, help="where all figures go")
    parser.add_argument("--resume", action="store_true", help="keep the rows that --json has and go on with the others")
    options = parser.parse_args()
    if options.resume and not options.json:
        parser.error("--resume needs --json")
    rows = json.loads(options.json.read_text()) if options.resume and options.json.is_file() else {}
    for name, file in descriptions(options.robots).items():
        if (options.names and name not in options.names) or name in rows:
            continue
        meshes = options.meshes / name
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder) / "profile.json"
            if options.shipped:
                shipped = {"unitree_g1_29dof": "unitree_g1", "booster_t1_29dof": "booster_t1",
                           "unitree_g1_29dof_dex3": "unitree_g1_dex3"}.get(name, name)
                profile = options.profiles / f"{shipped}.json"
                if not profile.is_file():
                    continue
                row = {}
            else:
                command = [options.kmmctl, "profile", "import", str(file), "--name", "judged", "-o", str(profile),
                           "--profiles", str(options.profiles), "--json"]
                if meshes.is_dir() and not options.without_meshes:
                    command += ["--body-meshes", str(meshes)]
                done = subprocess.run(command, capture_output=True, text=True)
                row = {"status": done.returncode}
                if profile.is_file():
                    row |= {key: json.loads(done.stdout)[key] for key in ("kind", "joints", "verdict", "reservations")}
                else:
                    row["error"] = (done.stderr.strip().splitlines() or ["no profile"])[0]
            if profile.is_file():
                try:
                    row |= judge(options.kmmctl, options.profiles, profile, file, meshes if meshes.is_dir() else None)
                except Exception as error:  # One robot's description that MuJoCo refuses is no end of the list.
                    row["error"] = f"{type(error).__name__}: {error}"
        rows[name] = row
        print(line(name, row), flush=True)
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1))
    if options.table:
        text, marks = options.table.read_text(), SHIPPED_MARKS if options.shipped else MARKS
        start, end = text.index(marks[0]) + len(marks[0]), text.index(marks[1])
        options.table.write_text(f"{text[:start]}\n{table(rows)}\n{text[end:]}")


def table(rows: dict[str, dict]) -> str:
    """The figures as Markdown."""
    lines = [
        "| robot | judged by | kind, joints | meeting, mm: stand, clips | deeper than 10 mm (by the meshes themselves) |"
        " sole, mm: stand; lowest | pelvis in a walk | limbs, mm | verdict of the import |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in sorted(rows.items()):
        if "error" in row:
            lines.append(f"| {name} | – | – | – | – | – | – | – | {row['error']} |")
            continue
        soles = "–"
        if row.get("stand_soles"):
            soles = ", ".join(f"{height:+.1f}" for height in row["stand_soles"])
            soles += f"; {row['lowest']:+.1f}" if "lowest" in row else ""
        yaw = f"{row['yaw'][0]:+.0f} … {row['yaw'][1]:+.0f}°" if "yaw" in row else "–"
        verdict = "; ".join(row.get("reservations", [])) or row.get("verdict", "–")
        deep = "; ".join(
            f"{' / '.join(found['bodies'])} {found['hulls']:.0f}"
            + (" (no meshes)" if found["true"] is None else f" ({found['true']:.0f})") for found in row["deep"]) or "–"
        lines.append(
            f"| {name} | {'meshes' if row['meshes'] else 'shapes'} | {row.get('kind', '–')}, {row.get('joints', '–')} |"
            f" {row['stand'][0]:.0f}, {row['clips'][0]:.0f} | {deep} | {soles} | {yaw} | {row['limb']:.1f} | {verdict} |")
    return "\n".join(lines)


def line(name: str, row: dict) -> str:
    if "error" in row:
        return f"{name:24} {row['error']}"
    parts = [f"{name:24} meet {row['stand'][0]:4.0f} stand {row['clips'][0]:4.0f} clips"]
    if "stand_soles" in row:
        soles = " ".join(f"{height:+.1f}" for height in row["stand_soles"])
        parts.append(f"sole {soles} stand, {row['lowest']:+.1f} lowest" if "lowest" in row else f"sole {soles} stand")
    if row.get("standing"):
        parts.append(f"standing {row['standing'][0]:+.1f}…{row['standing'][1]:+.1f}")
    if "yaw" in row:
        parts.append(f"yaw {row['yaw'][0]:+.0f}…{row['yaw'][1]:+.0f}")
    parts.append(f"limb {row['limb']:.1f}")
    if "verdict" in row:
        parts.append(row["verdict"])
    parts.append(f"({row['meshes']} meshes; {row['clips'][1] or row['stand'][1]})")
    for found in row["deep"]:
        true = "?" if found["true"] is None else f"{found['true']:.0f}"
        parts.append(f"{' / '.join(found['bodies'])} {found['hulls']:.0f} (true {true})")
    return ", ".join(parts)


if __name__ == "__main__":
    main()
