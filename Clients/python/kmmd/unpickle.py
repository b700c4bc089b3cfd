"""Motions out of Python's pickles and torch's files, into .npz that `kmmctl` reads.

    python3 -m kmmd.unpickle FILE.pkl|FILE.pt|FILE.npy ... [-o FOLDER] [--fps 30]

A pickle is a program: loading one runs what it names. Here nothing runs. Numbers, strings, lists, dictionaries, numpy arrays and
torch tensors are read, anything else is refused by its name. Neither torch nor joblib has to be installed.

A file that holds several people or clips gives one .npz for each. What GVHMR, WHAM, TRAM, PromptHMR, 4DHumans, MDM, PHC, GMR and
TWIST2 write is known by its keys; other dictionaries are written with the keys they have. An .npz that holds Python objects is read
too.
"""

from __future__ import annotations

import argparse
import bz2
import collections
import gzip
import io
import lzma
import pathlib
import pickle
import sys
import zipfile
import zlib
from typing import Any, BinaryIO

import numpy as np

LARGEST = 2 << 30
"""Files larger than this are refused, bytes; so is what compressed ones unfold to."""


class Refused(ValueError):
    """The file holds something that is no plain data, and what it was."""


# Plain data -----------------------------------------------------------------------------------------------------------


class _Storage:
    """The numbers of a torch tensor before they get a shape."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.values = values


_TORCH_TYPES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1", "BoolStorage": "|b1",
}


def _tensor(storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> np.ndarray[Any, Any]:
    """What torch's `_rebuild_tensor_v2` makes, as an array."""
    if not isinstance(storage, _Storage):
        raise Refused("a tensor without numbers")
    values = storage.values
    last = offset + sum((n - 1) * s for n, s in zip(size, stride)) if all(size) else offset
    if offset < 0 or any(s < 0 for s in stride) or any(n < 0 for n in size) or all(size) and last >= len(values):
        raise Refused("a tensor that reaches past its numbers")
    view = np.lib.stride_tricks.as_strided(
        values[offset:], size, [s * values.itemsize for s in stride], writeable=False)
    return np.array(view)


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _reconstruct(kind: Any, shape: Any, code: Any) -> np.ndarray[Any, Any]:
    """What numpy's `_reconstruct` makes: an array whose shape and numbers come next."""
    if kind is not np.ndarray:
        raise Refused(f"an array of type {kind!r}")
    return np.ndarray.__new__(np.ndarray, (0,), "b")


def _dtype(*arguments: Any) -> np.dtype[Any]:
    kind = np.dtype(*arguments)
    if kind.hasobject:
        # Their elements come as plain data of their own.
        return np.dtype("O")
    return kind


def _scalar(kind: np.dtype[Any], data: bytes = b"") -> Any:
    if kind.hasobject:
        raise Refused("a scalar of Python objects")
    return np.frombuffer(data, kind, 1)[0]


class _Wrapper:
    """joblib's note that an array's bytes follow in the file."""

    subclass: Any = None
    shape: tuple[int, ...] = ()
    order = "C"
    dtype: Any = None
    numpy_array_alignment_bytes: int | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        for key in ("shape", "order", "dtype", "numpy_array_alignment_bytes"):
            if key in state:
                setattr(self, key, state[key])

    def read(self, file: BinaryIO) -> np.ndarray[Any, Any]:
        kind = np.dtype(self.dtype)
        if kind.hasobject:
            raise Refused("an array of Python objects within a joblib file")
        if self.numpy_array_alignment_bytes:
            padding = file.read(1)[0]
            file.read(padding)
        count = int(np.prod(self.shape, dtype=np.int64))
        if not 0 <= count * kind.itemsize <= LARGEST:
            raise Refused(f"an array of shape {self.shape}")
        data = file.read(count * kind.itemsize)
        if len(data) < count * kind.itemsize:
            raise Refused("an array that ends before its numbers do")
        return np.frombuffer(data, kind).reshape(self.shape, order="F" if self.order == "F" else "C")


_CLASSES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict, ("builtins", "dict"): dict, ("builtins", "list"): list,
    ("builtins", "set"): set, ("_codecs", "encode"): lambda text, code: str(text).encode(str(code)),
    ("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): _dtype,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor, ("torch._utils", "_rebuild_parameter"): _parameter,
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): _Wrapper, ("torch", "Size"): tuple,
}
for _core in ("core", "_core"):
    _CLASSES["numpy." + _core + ".multiarray", "_reconstruct"] = _reconstruct
    _CLASSES["numpy." + _core + ".multiarray", "scalar"] = _scalar


class _PlainUnpickler(pickle._Unpickler):  # type: ignore[name-defined, misc]
    """Reads plain data and refuses the rest. The one of Python, as joblib's arrays lie between its words."""

    dispatch = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def __init__(self, file: BinaryIO, storages: dict[str, Any] | None = None) -> None:
        super().__init__(file, encoding="latin1")
        self._file = file
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _CLASSES:
            return _CLASSES[module, name]
        if module == "torch" and name in _TORCH_TYPES:
            return name
        if module in ("torch.serialization",) and name == "_get_layout":
            return lambda *_: None
        raise Refused(f"{module}.{name}, which is no plain data")

    def persistent_load(self, pid: Any) -> Any:
        if self._storages is None or not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise Refused("a reference to something outside of the file")
        kind, key = pid[1], str(pid[2])
        if kind not in _TORCH_TYPES or key not in self._storages:
            raise Refused(f"torch numbers of type {kind}")
        return _Storage(np.frombuffer(self._storages[key](), _TORCH_TYPES[kind]))

    def load_build(self) -> None:
        top = self.stack[-2]  # type: ignore[attr-defined]
        if isinstance(top, (np.ndarray, np.dtype)) or type(top) in (_Wrapper,):
            pickle._Unpickler.load_build(self)  # type: ignore[attr-defined]
            if isinstance(top, _Wrapper):
                self.stack[-1] = top.read(self._file)  # type: ignore[attr-defined]
            return
        if isinstance(top, (collections.OrderedDict, dict)):
            self.stack.pop()  # type: ignore[attr-defined]
            return
        raise Refused(f"a {type(top).__name__} with a state of its own")

    dispatch[pickle.BUILD[0]] = load_build


def _bytes(path: pathlib.Path) -> bytes:
    """The bytes of a file, unfolded when it is compressed."""
    if path.stat().st_size > LARGEST:
        raise Refused(f"more than {LARGEST >> 30} GiB")
    data = path.read_bytes()
    for magic, opener in ((b"\x1f\x8b", gzip.GzipFile), (b"BZh", bz2.BZ2File), (b"\xfd7zXZ", lzma.LZMAFile)):
        if data.startswith(magic):
            data = opener(fileobj=io.BytesIO(data)).read(LARGEST + 1) if opener is gzip.GzipFile else opener(
                io.BytesIO(data)).read(LARGEST + 1)  # type: ignore[call-overload]
    if data[:1] == b"\x78" and data[1:2] in b"\x01\x5e\x9c\xda":
        data = zlib.decompressobj().decompress(data, LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(f"more than {LARGEST >> 30} GiB when unfolded")
    return data


def _array(data: bytes) -> Any:
    """The array of an .npy file; what it holds when that is one Python object."""
    file = io.BytesIO(data)
    major = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if major == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, kind = reader(file)
    if not kind.hasobject:
        return np.load(io.BytesIO(data), allow_pickle=False)
    held = _PlainUnpickler(file).load()
    return held.item() if isinstance(held, np.ndarray) and held.size == 1 else held


def load(path: pathlib.Path) -> Any:
    """The plain data of a pickle, a torch file or a numpy file of objects.

    Raises:
        Refused: The file holds anything else, or is damaged.
    """
    data = _bytes(path)
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
                if sum(item.file_size for item in archive.infolist()) > LARGEST:
                    raise Refused(f"more than {LARGEST >> 30} GiB when unfolded")
                record = next((name for name in names if name.endswith("/data.pkl")), None)
                if record is None and all(name.endswith(".npy") for name in names):
                    return {name.removesuffix(".npy"): _array(archive.read(name)) for name in names}
                if record is None:
                    raise Refused("a zip that is neither a torch file nor an .npz")
                folder = record.removesuffix("data.pkl") + "data/"
                storages = {
                    name.removeprefix(folder): (lambda name=name: archive.read(name)) for name in names
                    if name.startswith(folder)
                }
                return _PlainUnpickler(io.BytesIO(archive.read(record)), storages).load()
        if data.startswith(b"\x93NUMPY"):
            held = _array(data)
            return {"array": held} if isinstance(held, np.ndarray) and not held.dtype.hasobject else held
        return _PlainUnpickler(io.BytesIO(data)).load()
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"damaged or of a kind that is not read here ({type(error).__name__}: {error})") from error


# Motions --------------------------------------------------------------------------------------------------------------

_WORLDS = ("smpl_params_global", "smplx_world", "smpl_params", "smpl_params_incam")
"""Where GVHMR and PromptHMR keep the motion: in the world first, then in the camera's."""
_ROBOTS = {"root_trans_offset": "root_pos", "dof": "dof_pos"}
"""PHC's and ASAP's words for what GMR calls otherwise."""


def motions(data: Any, name: str = "") -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """The motions in plain data: arrays by key, by the motion's name."""
    if isinstance(data, (np.ndarray, list)) and not isinstance(data, dict):
        items = list(data)
        if items and all(isinstance(item, dict) for item in items):
            data = dict(enumerate(items))
        else:
            return {name: {"array": np.asarray(data)}}
    if not isinstance(data, dict):
        raise Refused(f"a {type(data).__name__} and no dictionary of arrays")
    for known in (_mdm_bodies, _mdm_joints, _images):
        found = known(data, name)
        if found:
            return found
    for world in _WORLDS:
        if isinstance(data.get(world), dict):
            rest = {key: value for key, value in data.items() if not isinstance(value, dict)}
            return {name: _arrays({**rest, **data[world]})}
    inner = {key: value for key, value in data.items() if isinstance(value, dict)}
    if inner and len(inner) == len(data):
        return _each(inner, name)
    try:
        own = _arrays(data)
    except Refused:
        own = {}
    if any(array.ndim > 1 for array in own.values()):
        return {name: own}
    # People beside words about the file: InterHuman, PromptHMR, GRAB.
    people: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for key, value in inner.items():
        try:
            found = motions(value, f"{name}_{key}" if name else str(key))
        except Refused:
            continue
        people.update({k: {**own, **v} for k, v in found.items() if any(array.ndim > 1 for array in v.values())})
    if not people and not own:
        raise Refused("no arrays of numbers")
    return people or {name: own}


def _each(inner: dict[Any, Any], name: str) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    found: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for key, value in inner.items():
        found.update(motions(value, f"{name}_{key}" if name else str(key)))
    return found


def _mdm_joints(data: dict[Any, Any], name: str) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """MDM's results.npy: joint positions [motions, joints, 3, frames], y up, at 20 frames a second, and how long each is."""
    motion = data.get("motion")
    if not isinstance(motion, np.ndarray) or motion.ndim != 4 or motion.shape[2] != 3 or "lengths" not in data:
        return {}
    lengths = np.asarray(data["lengths"]).reshape(-1)
    if len(lengths) != len(motion):
        raise Refused(f"{len(motion)} motions and {len(lengths)} lengths")
    start = f"{name}_" if name else ""
    return {
        f"{start}{index}": {"positions": np.moveaxis(one, -1, 0)[: int(length)], "fps": np.array(20.0)}
        for index, (one, length) in enumerate(zip(motion, lengths))
    }


def _mdm_bodies(data: dict[Any, Any], name: str) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """MDM's smpl_params.npy: the first two rows of each joint's rotation [24, 6, frames], y up, at 20 frames a second."""
    thetas, root = data.get("thetas"), data.get("root_translation")
    if not isinstance(thetas, np.ndarray) or thetas.shape[:2] != (24, 6) or not isinstance(root, np.ndarray):
        return {}
    rows = np.moveaxis(thetas, -1, 0).reshape(-1, 24, 2, 3).astype(np.float64)
    first = rows[..., 0, :] / np.maximum(np.linalg.norm(rows[..., 0, :], axis=-1, keepdims=True), 1e-9)
    second = rows[..., 1, :] - first * np.sum(first * rows[..., 1, :], axis=-1, keepdims=True)
    second = second / np.maximum(np.linalg.norm(second, axis=-1, keepdims=True), 1e-9)
    turns = np.stack([first, second, np.cross(first, second)], axis=-2)
    return {
        name: {
            "global_orient": turns[:, :1], "body_pose": turns[:, 1:], "transl": root.reshape(3, -1).T, "fps": np.array(20.0),
        }
    }


def _images(data: dict[Any, Any], name: str) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """4DHumans' tracks: by image, the bodies that were seen in it and whose they are."""
    frames = [value for value in data.values() if isinstance(value, dict) and isinstance(value.get("smpl"), list)]
    if not frames or len(frames) != len(data):
        return {}
    bodies: dict[str, list[dict[str, Any]]] = {}
    for number, frame in enumerate(frames):
        people = frame.get("tid", frame.get("tracked_ids", range(len(frame["smpl"]))))
        for person, body in zip(people, frame["smpl"]):
            if isinstance(body, dict) and "global_orient" in body and "body_pose" in body:
                bodies.setdefault(str(person), []).append({**body, "frame": number})
    if not bodies:
        raise Refused("images without a person")
    start = f"{name}_" if name else ""
    return {
        f"{start}{person}": {
            "global_orient": np.stack([np.asarray(body["global_orient"]).reshape(1, 3, 3) for body in seen]),
            "body_pose": np.stack([np.asarray(body["body_pose"]).reshape(-1, 3, 3) for body in seen]),
            "frames": np.array([body["frame"] for body in seen]),
        }
        for person, seen in bodies.items()
    }


def _arrays(data: dict[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for key, value in data.items():
        array = np.asarray(value) if not isinstance(value, dict) else None
        if array is None or array.dtype.kind not in "biufUS" or array.dtype.itemsize == 0:
            continue
        if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
            array = array.astype(np.float32)
        if array.dtype.kind in "iu" and array.dtype.itemsize not in (1, 4, 8):
            array = array.astype(np.int64)
        arrays[str(key)] = array
    if "root_trans_offset" in arrays and "dof" in arrays:
        # SMPL's pose_aa beside it is that of the fitted body: the robot's own numbers are what is meant.
        arrays = {_ROBOTS.get(key, key): value for key, value in arrays.items() if not key.startswith(("pose_", "smpl_"))}
    if not arrays:
        raise Refused("no arrays of numbers")
    return arrays


def convert(path: pathlib.Path, folder: pathlib.Path, fps: float | None = None) -> list[pathlib.Path]:
    """Writes the motions of a file as .npz into a folder, and says which."""
    written = []
    found = motions(load(path))
    for name, arrays in found.items():
        if fps is not None:
            arrays = {**arrays, "fps": np.array(float(fps))}
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[-120:]
        target = folder / (path.stem + (f"_{plain}" if plain and len(found) > 1 else "") + ".npz")
        np.savez(target, **arrays)
        written.append(target)
    return written


def main(arguments: list[str] | None = None) -> int:
    """The command; exit status 4 when a file was refused."""
    parser = argparse.ArgumentParser(prog="python3 -m kmmd.unpickle", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, help="folder; beside the file when not given")
    parser.add_argument("--fps", type=float, help="frames a second, for files that do not tell")
    options = parser.parse_args(arguments)
    status = 0
    for path in options.files:
        try:
            folder = options.output or path.parent
            folder.mkdir(parents=True, exist_ok=True)
            for target in convert(path, folder, options.fps):
                print(target)
        except (Refused, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            status = 4
    return status


if __name__ == "__main__":
    sys.exit(main())
