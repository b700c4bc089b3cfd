"""Measured states from existing controllers, as their own publishers send them: a motion begins where the robot is."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable

import kmmd
import numpy as np
import pytest
import zmq

from conftest import free_ports, start


def packed(value: object) -> bytes:
    """MessagePack of a map of names and lists of doubles, by its specification."""
    if isinstance(value, dict):
        return b"\xde" + struct.pack(">H", len(value)) + b"".join(packed(key) + packed(item) for key, item in value.items())
    if isinstance(value, str):
        return b"\xd9" + bytes([len(value)]) + value.encode()
    if isinstance(value, list):
        return b"\xdc" + struct.pack(">H", len(value)) + b"".join(map(packed, value))
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    return b"\xcb" + struct.pack(">d", value)


def sonic(joints: list[float]) -> bytes:
    return b"g1_debug" + packed({
        "index": 7, "ros_timestamp": 0.5, "base_quat": [1.0, 0.0, 0.0, 0.0], "body_q": joints, "body_dq": [0.0] * 29,
        "last_action": [0.0] * 29,
    })


def lerobot(joints: list[float]) -> bytes:
    motors = [{"q": q, "dq": 0.0, "tau_est": 0.0, "temperature": 30} for q in joints + [0.0] * 6]
    imu = {"quaternion": [1.0, 0.0, 0.0, 0.0], "gyroscope": [0.0] * 3, "accelerometer": [0.0, 0.0, 9.8], "rpy": [0.0] * 3}
    return json.dumps({"topic": "rt/lowstate", "data": {"motor_state": motors, "imu_state": imu, "mode_machine": 5}}).encode()


def sim2real(joints: list[float]) -> bytes:
    return struct.pack("<III", 29, 12, 1) + struct.pack("<7f", 1, 0, 0, 0, 0, 0, 0) + struct.pack("<87f", *joints, *[0.0] * 58)


@pytest.mark.parametrize("write", [sonic, lerobot, sim2real])
def test_motion_begins_where_the_controller_says_that_the_robot_is(write: Callable[[list[float]], bytes]) -> None:
    port = free_ports(1)[0]
    silent, done = threading.Event(), threading.Event()
    joints: list[float] = []

    def publish() -> None:
        with zmq.Context() as context, context.socket(zmq.PUB) as socket:
            socket.linger = 0
            socket.bind(f"tcp://127.0.0.1:{port}")
            while not done.wait(0.02):
                if joints and not silent.is_set():
                    socket.send(write(joints))

    daemon = start("--robot", "unitree_g1", "--source", f"{write.__name__}=tcp://127.0.0.1:{port}")
    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        with daemon.client(timeout=60) as client, client.subscribe(timeout=60) as stream:
            stream.wait_until_connected(60)
            robot = client.robot()
            elbow = robot["joint_names"].index("right_elbow_joint")
            measured = list(robot["stand"])
            measured[elbow] -= 0.4
            joints.extend(measured)
            time.sleep(0.5)
            command = client.say("a person stands still", duration_s=2).command
            events, nearest = [], 1.0
            for message in stream:
                if isinstance(message, kmmd.Frame):
                    nearest = min(nearest, float(np.abs(message.joint_pos - measured).max()))
                elif message.command == command:
                    events.append(message)
                    if message.name == "playing":
                        break
            assert events[0].data["starts"] == [{"robot": "unitree_g1", "from": "measured"}]
            assert nearest < 0.02 and "ramping" in [event.name for event in events]
            # A controller that falls silent has the robot held; nothing moves it until it is heard again.
            silent.set()
            while not client.status()["robots"][0]["held"]:
                time.sleep(0.05)
            with pytest.raises(kmmd.KmmdError, match="measured state"):
                client.resume()
            silent.clear()
            while client.status()["robots"][0]["held"]:
                time.sleep(0.05)
    finally:
        done.set()
        publisher.join()
        daemon.stop()
