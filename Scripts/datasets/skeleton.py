"""A motion on a skeleton whose joint frames are parallel to the world at rest, and BVH files of it. Needs numpy and scipy."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

RATE = 30
"""Frames a second that `kmmctl train prepare` reads."""


def euler(order: str, degrees: Array) -> Array:
    """Matrices of turns about the axes as they go along: ZYX is Rz Ry Rx."""
    return Rotation.from_euler(order, degrees, degrees=True).as_matrix()


@dataclass
class Motion:
    """A motion; y up, centimetres, the person's front along +z at rest, its left side along +x."""

    names: list[str]
    parents: list[int]
    offsets: Array
    """Of each joint from its parent at rest."""
    ends: dict[str, Array]
    """Where limbs end, from their last joint."""
    root: Array
    """(frames, 3)."""
    turns: Array
    """(frames, joints, 3, 3), each in its parent's frame."""
    rate: float

    def __len__(self) -> int:
        return len(self.root)

    def places(self) -> tuple[Array, Array]:
        """Places of joints and their frames in the world."""
        places, frames = np.zeros(self.turns.shape[:3]), np.zeros_like(self.turns)
        for joint, parent in enumerate(self.parents):
            if parent < 0:
                places[:, joint], frames[:, joint] = self.root, self.turns[:, joint]
            else:
                frames[:, joint] = frames[:, parent] @ self.turns[:, joint]
                places[:, joint] = places[:, parent] + frames[:, parent] @ self.offsets[joint]
        return places, frames

    def lowest(self) -> Array:
        """Height of the lowest joint or end in each frame."""
        places, frames = self.places()
        ends = [places[:, self.names.index(name)] + frames[:, self.names.index(name)] @ offset for name, offset in self.ends.items()]
        return np.min([place[:, 1] for place in [*places.transpose(1, 0, 2), *ends]], axis=0)

    def at(self, rate: float) -> Motion:
        """Every n-th frame."""
        step = self.rate / rate
        if abs(step - round(step)) > 0.02:
            raise ValueError(f"{self.rate} frames a second are no multiple of {rate}")
        part = slice(None, None, round(step))
        return Motion(self.names, self.parents, self.offsets, self.ends, self.root[part], self.turns[part], rate)

    def bvh(self) -> str:
        """The motion as BVH text."""
        children: dict[int, list[int]] = {}
        for joint, parent in enumerate(self.parents):
            children.setdefault(parent, []).append(joint)
        lines, order = ["HIERARCHY"], []

        def numbers(values: Array, digits: int) -> str:
            return " ".join(np.format_float_positional(value + 0.0, digits, trim="-") for value in np.round(values, digits))

        def write(joint: int, tabs: str) -> None:
            order.append(joint)
            offset = self.offsets[joint] if tabs else np.zeros(3)
            lines.extend([f"{tabs}{'JOINT' if tabs else 'ROOT'} {self.names[joint]}", f"{tabs}{{", f"{tabs}\tOFFSET {numbers(offset, 4)}"])
            lines.append(f"{tabs}\tCHANNELS {'3' if tabs else '6 Xposition Yposition Zposition'} Zrotation Yrotation Xrotation")
            for child in children.get(joint, []):
                write(child, tabs + "\t")
            if joint not in children:
                end = numbers(np.asarray(self.ends.get(self.names[joint], (0, 0, 0)), float), 4)
                lines.extend([f"{tabs}\tEnd Site", f"{tabs}\t{{", f"{tabs}\t\tOFFSET {end}", f"{tabs}\t}}"])
            lines.append(f"{tabs}}}")

        write(self.parents.index(-1), "")
        lines.extend(["MOTION", f"Frames: {len(self)}", f"Frame Time: {1 / self.rate:.6f}"])
        angles = Rotation.from_matrix(self.turns[:, order].reshape(-1, 3, 3)).as_euler("ZYX", degrees=True).reshape(len(self), -1)
        rows = io.StringIO()
        np.savetxt(rows, np.concatenate([self.root, angles], axis=1), fmt="%.2f")
        return "\n".join(lines) + "\n" + rows.getvalue()


@dataclass
class BVH:
    """What stands in a BVH file."""

    names: list[str]
    parents: list[int]
    offsets: Array
    turns: Array
    places: Array
    """(frames, joints, 3), each in its parent's frame."""
    rate: float

    @classmethod
    def of(cls, text: str) -> BVH:
        """Reads a file's text."""
        head, motion = re.split(r"\bMOTION\b", text, maxsplit=1)
        names, parents, offsets, channels, open_joints = [], [], [], [], []
        is_end = False
        words = iter(head.split())
        for word in words:
            if word in ("ROOT", "JOINT"):
                names.append(next(words))
                parents.append(open_joints[-1] if open_joints else -1)
            elif word == "End":
                is_end = True
            elif word == "{":
                open_joints.append(-1 if is_end else len(names) - 1)
            elif word == "}":
                is_end = False
                open_joints.pop()
            elif word == "OFFSET":
                offset = [float(next(words)) for _ in range(3)]
                if not is_end:
                    offsets.append(offset)
            elif word == "CHANNELS":
                channels.append([next(words) for _ in range(int(next(words)))])
        rate = 1 / float(re.search(r"Frame Time:\s*(\S+)", motion)[1])
        count = int(re.search(r"Frames:\s*(\d+)", motion)[1])
        width = sum(map(len, channels))
        values = np.array(re.split(r"Frame Time:\s*\S+", motion)[1].split(), float)
        values = values[: len(values) // width * width].reshape(-1, width)[:count]
        turns = np.tile(np.eye(3), (len(values), len(names), 1, 1))
        places = np.tile(np.array(offsets), (len(values), 1, 1))
        start = 0
        for joint, kinds in enumerate(channels):
            part = values[:, start : start + len(kinds)]
            start += len(kinds)
            turning = [column for column, kind in enumerate(kinds) if kind.lower().endswith("rotation")]
            if turning:
                turns[:, joint] = euler("".join(kinds[column][0].upper() for column in turning), part[:, turning])
            for column, kind in enumerate(kinds):
                if kind.lower().endswith("position"):
                    places[:, joint, "XYZ".index(kind[0].upper())] = part[:, column]
        return cls(names, parents, np.array(offsets), turns, places, rate)

    def in_world(self) -> tuple[Array, Array]:
        """Frames and places of the joints in the world."""
        frames, places = np.zeros_like(self.turns), np.zeros_like(self.places)
        for joint, parent in enumerate(self.parents):
            if parent < 0:
                frames[:, joint], places[:, joint] = self.turns[:, joint], self.places[:, joint]
            else:
                frames[:, joint] = frames[:, parent] @ self.turns[:, joint]
                places[:, joint] = places[:, parent] + np.einsum("tij,tj->ti", frames[:, parent], self.places[:, joint])
        return frames, places
