#!/usr/bin/env python3
"""Shows a webcam's person to a running kmmd: 33 points of MediaPipe, on the people socket.

    pip install mediapipe opencv-python
    python3 Clients/python/examples/webcam.py --model pose_landmarker_full.task --person anna
    kmmctl follow anna --part upper --delay 80

The model file is MediaPipe's own (pose landmarker). Stand so that the camera sees all of you, or follow the upper part alone.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time
from typing import Any

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import kmmd  # noqa: E402


def points(result: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Places [33, 3] in the camera's axes, metres, and confidence [33], of MediaPipe's first person; None without one."""
    if not result.pose_world_landmarks:
        return None
    landmarks = result.pose_world_landmarks[0]
    places = np.array([[p.x, p.y, p.z] for p in landmarks], np.float32)
    confidence = np.array([min(p.visibility, p.presence) for p in landmarks], np.float32)
    return places, confidence


def send(sender: kmmd.PersonSender, result: Any, t_src_ns: int) -> bool:
    """Sends one result; a camera without a person says so."""
    found = points(result)
    if found is None:
        return sender.send(pos=np.full((33, 3), np.nan), t_src_ns=t_src_ns, valid=False)
    return sender.send(pos=found[0], confidence=found[1], t_src_ns=t_src_ns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", required=True, help="MediaPipe's pose landmarker")
    parser.add_argument("--person", default="webcam")
    parser.add_argument("--camera", type=int, default=0)
    parser.add_argument("--endpoint")
    arguments = parser.parse_args()

    import cv2  # type: ignore[import-not-found]
    import mediapipe as mp  # type: ignore[import-not-found]
    from mediapipe.tasks.python import BaseOptions, vision  # type: ignore[import-not-found]

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=arguments.model), running_mode=vision.RunningMode.VIDEO
    )
    camera = cv2.VideoCapture(arguments.camera)
    with vision.PoseLandmarker.create_from_options(options) as landmarker, kmmd.PersonSender(
        arguments.person, arguments.endpoint, skeleton="mediapipe33", axes="camera"
    ) as sender:
        while camera.isOpened():
            is_read, image = camera.read()
            seen = time.monotonic_ns()
            if not is_read:
                break
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            send(sender, landmarker.detect_for_video(picture, seen // 1_000_000), seen)


if __name__ == "__main__":
    main()
