#!/usr/bin/env python3
"""Shows who wears a headset to a running kmmd: head and both wrists, on the people socket.

    pip install avp_stream                       # Apple Vision Pro, with its app Tracking Streamer
    python3 Clients/python/examples/three_points.py vision-pro --address 10.0.0.8 --person anna
    kmmctl follow anna --part arms

televuer (xr_teleoperate) runs in a program of its own; hand its matrices to `matrices` and `send` as this does. Three points say
nothing of legs: only the arms follow.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

import numpy as np
from numpy.typing import ArrayLike

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import kmmd  # noqa: E402

# The library turns the head by a quarter about its own x axis, and y up into z up: back to what the headset measured.
HEAD = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)


def quaternion(matrix: np.ndarray) -> np.ndarray:
    """Of a rotation matrix, w first; the greatest of the four is found first, so that none is lost to rounding."""
    m = matrix
    squares = [m[0, 0] + m[1, 1] + m[2, 2], m[0, 0], m[1, 1], m[2, 2]]
    largest = int(np.argmax(squares))
    if largest == 0:
        q = [1 + squares[0], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]]
    else:
        i, j, k = [(0, 1, 2), (1, 2, 0), (2, 0, 1)][largest - 1]
        q = [m[k, j] - m[j, k], 0.0, 0.0, 0.0]
        q[1 + i] = 1 + m[i, i] - m[j, j] - m[k, k]
        q[1 + j], q[1 + k] = m[i, j] + m[j, i], m[i, k] + m[k, i]
    return np.array(q) / np.linalg.norm(q)


def send(sender: kmmd.PersonSender, poses: ArrayLike, t_src_ns: int | None = None) -> bool:
    """Sends head, left and right wrist as 4x4 matrices in the world, x right, y up, z back. One that is no pose is not seen."""
    turns, places, confidence = np.tile([1.0, 0, 0, 0], (3, 1)), np.full((3, 3), np.nan), np.zeros(3)
    for index, matrix in enumerate(np.asarray(poses, float)):
        # Both libraries give a matrix of zeros, or a scaled one, for what is out of sight.
        if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3]) - 1) > 0.05:
            continue
        turns[index], places[index], confidence[index] = quaternion(matrix[:3, :3]), matrix[:3, 3], 1
    return sender.send(rot_world=turns, pos=places, confidence=confidence, t_src_ns=t_src_ns, valid=bool(confidence[0]))


def vision_pro(sender: kmmd.PersonSender, address: str) -> None:
    """Reads Tracking Streamer's stream until the program is ended."""
    from avp_stream import VisionProStreamer  # type: ignore[import-not-found]

    streamer = VisionProStreamer(ip=address, record=False)
    up = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)
    while True:
        seen, latest = time.monotonic_ns(), streamer.latest
        if latest is not None:
            poses = [up @ latest["head"][0] @ HEAD.T, up @ latest["left_wrist"][0], up @ latest["right_wrist"][0]]
            send(sender, poses, seen)
        time.sleep(1 / 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("device", choices=["vision-pro"])
    parser.add_argument("--address", required=True, help="of the headset")
    parser.add_argument("--person", default="headset")
    parser.add_argument("--endpoint")
    arguments = parser.parse_args()
    with kmmd.PersonSender(arguments.person, arguments.endpoint, skeleton="points3", axes="openxr") as sender:
        vision_pro(sender, arguments.address)


if __name__ == "__main__":
    main()
