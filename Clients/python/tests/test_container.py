"""The decoder against messages put together by hand."""

import json
import pathlib
import struct

import pytest

from kmmd.container import ContainerError, decode


def message(header: dict, payload: bytes, topic: bytes = b"reference.unitree_g1.") -> bytes:
    return topic + json.dumps(header).encode().ljust(1280, b"\0") + payload


def test_fields_in_header_order() -> None:
    header = {
        "v": 1, "endian": "le", "count": 1,
        "fields": [
            {"name": "root_pos", "dtype": "f32", "shape": [3]},
            {"name": "frame_index", "dtype": "i64", "shape": [2, 1]},
        ],
    }
    read = decode(message(header, struct.pack("<3f2q", 1, 2, 0.75, -5, 2**40)))
    assert read.topic == "reference.unitree_g1."
    assert read.fields["root_pos"].tolist() == [1, 2, 0.75]
    assert read.fields["frame_index"].tolist() == [[-5], [2**40]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "0 bytes"),
        (b"reference.a.{" + b"\0" * 20, "no topic and header"),
        (b"reference.a." + b"{,".ljust(1280, b"\0"), "does not parse"),
        (message({"fields": [{"name": "a", "dtype": "f33", "shape": [1]}]}, b"1234"), "f33"),
        (message({"fields": [{"name": "a", "dtype": "f32", "shape": [2]}]}, b"1234"), "'a' ends at byte"),
        (message({"fields": [{"name": "a", "dtype": "f32", "shape": [1]}]}, b"12345"), "1 bytes follow"),
        (message({"endian": "be", "fields": []}, b""), "little-endian"),
    ],
)
def test_damaged_messages_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(ContainerError, match=says):
        decode(data)


def test_the_golden_message_of_the_encoder() -> None:
    """The bytes that the Swift encoder is held to, read by this decoder."""
    path = pathlib.Path(__file__).parents[3] / "Tests/WireTests/Fixtures/reference.bin"
    read = decode(path.read_bytes())
    assert read.topic == "reference.test_robot."
    assert read.header["command"] == "c-000123"
    assert read.header["frame"] == -7
    assert read.header["state"] == "playing"
    assert read.header["t_wall_ns"] == 1790000000123456789
    assert read.fields["joint_pos"].tolist() == pytest.approx([0.01, -1.5, 3.0])
    assert read.fields["root_quat"].tolist() == [0.5, -0.5, 0.5, -0.5]
    assert read.fields["contacts"].tolist() == [1.0, 0.0, 0.25, 0.75]
