"""What a text says in numbers: understood in the answer, honoured by the stream, told in `done`."""

from __future__ import annotations

import math
from typing import Any

import kmmd
import numpy as np
import pytest


def heading(frame: kmmd.Frame) -> float:
    w, x, y, z = frame.root_quat
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def carried_out(client: kmmd.Client, text: str, **arguments: Any) -> tuple[np.ndarray, float, dict[str, Any]]:
    """Where the robot came (ahead, left), how far around (radians), and the event `done`."""
    with client.subscribe(timeout=120) as stream:
        stream.wait_until_connected(60)
        start = next(message for message in stream if isinstance(message, kmmd.Frame))
        command = client.say(text, seed=1, **arguments).command
        turn, last, done = 0.0, heading(start), None
        for message in stream:
            if isinstance(message, kmmd.Frame):
                turn += math.remainder(heading(message) - last, 2 * math.pi)
                last = heading(message)
                if done and np.abs(message.joint_vel).max() < 1e-3:
                    break
            elif message.command == command and message.name == "done":
                done = {**message.data, "turn_so_far": turn}
            else:
                assert message.command != command or message.name != "failed", message.data
    way = np.asarray(message.root_pos)[:2] - np.asarray(start.root_pos)[:2]
    c, s = math.cos(heading(start)), math.sin(heading(start))
    assert done is not None
    return np.array([c * way[0] + s * way[1], c * way[1] - s * way[0]]), turn, done


@pytest.mark.parametrize("mode", [{}, {"replace": True}])
def test_two_metres_are_two_metres_of_the_robot(client: kmmd.Client, mode: dict[str, Any]) -> None:
    way, _, done = carried_out(client, "walk forward two metres", **mode)
    assert way[0] == pytest.approx(2, rel=0.15)
    assert abs(way[1]) < 0.4
    assert done["achieved"][0]["segment"] == 0
    assert done["achieved"][0]["distance_m"] == pytest.approx(way[0], abs=0.15)


def test_a_quarter_turn_to_the_left(client: kmmd.Client) -> None:
    _, turn, done = carried_out(client, "turn left 90 degrees")
    assert math.degrees(turn) == pytest.approx(90, abs=10)
    # The stand that it goes over to some seconds later may face a little elsewhere.
    assert done["achieved"][0]["turn_deg"] == pytest.approx(math.degrees(done["turn_so_far"]), abs=3)


def test_a_way_of_several_actions(client: kmmd.Client) -> None:
    reply = client.request("say", {"text": "walk forward 1 m, then turn right 90 degrees, wave twice for one second"})
    assert [{key: value for key, value in segment.items() if key != "text"} for segment in reply["segments"]] == [
        {"distance_m": 1, "direction": "forward"}, {"turn_deg": -90}, {"duration_s": 1, "repeat": 2},
    ]
    client.cancel(reply["command"])
    _, turn, done = carried_out(client, "walk forward 1 m, then turn right 90 degrees")
    assert [each["segment"] for each in done["achieved"]] == [0, 1]
    assert done["achieved"][0]["distance_m"] == pytest.approx(1, rel=0.2)
    assert done["achieved"][1]["turn_deg"] == pytest.approx(-90, abs=12)
    assert math.degrees(turn) == pytest.approx(-90, abs=30)


def test_too_many_actions_are_refused(client: kmmd.Client) -> None:
    with pytest.raises(kmmd.KmmdError, match="256"):
        client.say("jump 900 times")
