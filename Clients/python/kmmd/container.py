"""The container of the native stream: topic, a JSON header of 1280 bytes padded with NUL, raw little-endian arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np
from numpy.typing import NDArray

HEADER_SIZE = 1280
_DTYPES = {
    "f16": "<f2", "f32": "<f4", "f64": "<f8", "i8": "<i1", "i16": "<i2", "i32": "<i4", "i64": "<i8", "u8": "<u1",
    "bool": "?",
}


class ContainerError(ValueError):
    """The bytes are no message of the native container; the text says what is wrong and where."""


@dataclass(frozen=True)
class Message:
    """One message of the container."""

    topic: str
    header: Mapping[str, Any]
    fields: Mapping[str, NDArray[Any]]


def encode(topic: str, header: Mapping[str, Any], fields: Mapping[str, NDArray[Any]]) -> bytes:
    """Writes one message; `fields` as f4, f8, i8 or u1 arrays."""
    names = {np.dtype(value): key for key, value in _DTYPES.items()}
    arrays = {name: np.ascontiguousarray(values) for name, values in fields.items()}
    described = [
        {"name": name, "dtype": names[values.dtype], "shape": list(values.shape)} for name, values in arrays.items()
    ]
    head = json.dumps({"v": 1, "endian": "le", "count": 1, **header, "fields": described}).encode()
    if len(head) > HEADER_SIZE:
        raise ContainerError(f"the header has {len(head)} bytes; {HEADER_SIZE} are the most")
    return topic.encode() + head.ljust(HEADER_SIZE, b"\0") + b"".join(values.tobytes() for values in arrays.values())


def decode(data: bytes) -> Message:
    """Reads one message; the arrays are views of `data`. Raises ContainerError."""
    start = data.find(b"{")
    if start < 0 or len(data) < start + HEADER_SIZE:
        raise ContainerError(f"{len(data)} bytes hold no topic and header of {HEADER_SIZE} bytes")
    try:
        topic = data[:start].decode("ascii")
        header = json.loads(data[start : start + HEADER_SIZE].rstrip(b"\0"))
        descriptions = [(f["name"], np.dtype(_DTYPES[f["dtype"]]), tuple(f["shape"])) for f in header["fields"]]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise ContainerError(f"the header does not parse: {error!r}") from error
    if header.get("endian", "le") != "le":
        raise ContainerError("only little-endian payloads are read")
    fields: dict[str, NDArray[Any]] = {}
    offset = start + HEADER_SIZE
    for name, dtype, shape in descriptions:
        count = int(np.prod(shape, dtype=np.int64))
        end = offset + count * dtype.itemsize
        if end > len(data):
            raise ContainerError(f"field {name!r} ends at byte {end}, the message at {len(data)}")
        fields[name] = np.frombuffer(data, dtype, count, offset).reshape(shape)
        offset = end
    if offset != len(data):
        raise ContainerError(f"{len(data) - offset} bytes follow the last field")
    return Message(topic, header, fields)
