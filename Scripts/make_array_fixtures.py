#!/usr/bin/env python3
"""Writes the array files that TensorsTests reads, with the reference implementations of the formats.

    python3 -m venv /tmp/arrays && /tmp/arrays/bin/pip install numpy safetensors==0.8.0
    /tmp/arrays/bin/python Scripts/make_array_fixtures.py
"""

import io
import pathlib
import zipfile

import numpy as np
import safetensors

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/TensorsTests/Fixtures"

BFLOAT16 = np.array([1.0, -2.5, 3.140625], np.float32).view(np.uint32) >> 16

TENSORS = {
    "single": ("float32", np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5),
    "half": ("float16", np.array([1.0, -0.333, 65504, 6e-8, -0.0, np.inf], np.float16)),
    "brain": ("bfloat16", BFLOAT16.astype(np.uint16)),
    "int": ("int32", np.array([-7, 2**31 - 1], np.int32)),
    "long": ("int64", np.array(-(2**40), np.int64)),
    "byte": ("uint8", np.array([[0, 255]], np.uint8)),
    "nothing": ("float32", np.zeros((0, 4), np.float32)),
}

ARRAYS = {
    "single": np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5,
    "double": np.array(119.88),
    "int": np.array([-7, 2**31 - 1], np.int32),
    "long": np.array([-(2**40)], np.int64),
    "byte": np.array([[0, 255]], np.uint8),
    "flag": np.array([True, False, True]),
    "name": np.array("Käse 🧀"),
    "names": np.array([["left", "right"], ["", "both"]]),
    "gender": np.array(b"female"),
    "columns": np.asfortranarray(np.arange(24, dtype=np.float64).reshape(2, 3, 4)),
    "nothing": np.zeros((0, 3), np.float32),
    "zeros": np.zeros((100, 10), np.float64),
}

REFUSED = {
    "fine": np.arange(3),
    "objects": np.array([{"a": 1}, None], dtype=object),
    "records": np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]),
    "big": np.arange(3, dtype=">f4"),
    "complex": np.array([1j]),
}


def main():
    FOLDER.mkdir(exist_ok=True)
    specs = {
        name: safetensors.TensorSpec(dtype=dtype, shape=a.shape, data_ptr=a.ctypes.data, data_len=a.nbytes)
        for name, (dtype, a) in TENSORS.items()
    }
    metadata = {"format": "np", "note": 'a "quoted" é'}
    (FOLDER / "reference.safetensors").write_bytes(bytes(safetensors.serialize(specs, metadata)))
    np.savez(FOLDER / "stored.npz", **ARRAYS)
    np.savez_compressed(FOLDER / "deflated.npz", **ARRAYS)
    np.savez(FOLDER / "refused.npz", **REFUSED)
    with zipfile.ZipFile(FOLDER / "versions.npz", "w") as archive:
        for version in [(1, 0), (2, 0), (3, 0)]:
            file = io.BytesIO()
            np.lib.format.write_array(file, np.arange(4, dtype=np.int32), version=version)
            archive.writestr(f"v{version[0]}.npy", file.getvalue())


if __name__ == "__main__":
    main()
