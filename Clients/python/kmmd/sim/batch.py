"""Many rollouts: in processes beside one another, a line of JSON for each, going on where they were interrupted."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import pathlib
import sys
from typing import Any, Callable, Iterable, Iterator, Mapping

from . import measures
from .reference import RATE, Reference, ReferenceError
from .rollout import HOLD, roll_out
from .tracker import TWIST2, Tracker
from .world import Disturbances, World


class SettingsChanged(ValueError):
    """A file of results was begun with other settings; the text says which."""


class Results:
    """A file of JSON lines. The first line holds the settings, every other one a result with its `id`.

    What it holds already is not computed again; a line that was cut off is forgotten. Other settings are refused.
    """

    def __init__(self, path: str | pathlib.Path, settings: Mapping[str, Any]) -> None:
        self.path = pathlib.Path(path)
        self.lines: dict[str, dict[str, Any]] = {}
        header = json.loads(json.dumps({"settings": settings}))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = self.path.read_text() if self.path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole:
            first, *rest = (json.loads(line) for line in whole.splitlines())
            if first != header:
                raise SettingsChanged(f"{self.path} was made with {first.get('settings')}, now asked for are {settings}")
            self.lines = {line["id"]: line for line in rest}
        else:
            whole = json.dumps(header) + "\n"
        if whole != text:
            self.path.write_text(whole)

    def add(self, line: dict[str, Any]) -> None:
        """Writes a result, at once."""
        self.lines[line["id"]] = line
        with self.path.open("a") as stream:
            stream.write(json.dumps(line) + "\n")

    def fill(
        self, work: Callable[..., dict[str, Any]], tasks: Iterable[tuple[Any, ...]], jobs: int = 1
    ) -> Iterator[dict[str, Any]]:
        """Calls `work` with each task whose first item, its id, has no line yet; yields the lines as they come."""
        missing = [task for task in tasks if task[0] not in self.lines]
        if jobs == 1:
            finished: Iterable[dict[str, Any]] = (work(*task) for task in missing)
            for line in finished:
                self.add(line)
                yield line
            return
        # A fresh interpreter: libraries' threads do not survive a fork.
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            for line in pool.imap_unordered(_apply, ((work, task) for task in missing)):
                self.add(line)
                yield line


def _apply(call: tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]) -> dict[str, Any]:
    work, task = call
    return work(*task)


_trackers: dict[str, Tracker] = {}


def tracker_named(name: str) -> Tracker:
    """`twist2`, `twist2=FILE` of another checkpoint, or MODULE:CLASS of a tracker of your own; made once in a process."""
    if name not in _trackers:
        kind, _, file = name.partition("=")
        if kind == "twist2":
            _trackers[name] = TWIST2(pathlib.Path(file)) if file else TWIST2()
        else:
            module, _, kind = name.partition(":")
            sys.path.insert(0, "")
            _trackers[name] = getattr(importlib.import_module(module), kind)()
    return _trackers[name]


def roll_out_file(
    id: str, path: str, tracker: str, worlds: list[Disturbances], hold: float = HOLD, part: float | None = None,
    features: str | None = None,
) -> dict[str, Any]:
    """Rolls a file out in each of the worlds; the line has the share of worlds in which the robot stands.

    A long motion is cut into parts of `part` seconds, each rolled out on its own. With `features` the measures of every frame
    are written to that folder, too. A file that is no motion gets a line with `error`.
    """
    policy = tracker_named(tracker)
    try:
        whole = Reference.load(path, policy.robot).ordered(policy.joint_names)
    except (ReferenceError, OSError, ValueError, KeyError) as error:
        return {"id": id, "error": str(error)}
    measured = measures.measured(whole, policy)
    if features is not None:
        measures.write(pathlib.Path(features) / f"{id}.npz", measured)
    length = len(whole) if part is None else round(part * RATE)
    # A rest of less than a second goes with the part before it.
    starts = [0, *range(length, len(whole) - RATE, length)]
    parts = []
    for first, last in zip(starts, [*starts[1:], len(whole)]):
        reference = whole.part(first, last)
        outcomes = [(each, roll_out(reference, World(policy, each), hold=hold)) for each in worlds]
        parts.append({
            "start": first / RATE, "seconds": round(len(reference) / RATE, 2), "at_rest": reference.begins_at_rest,
            "survived": round(sum(outcome.survived for _, outcome in outcomes) / len(outcomes), 3),
            "strayed": round(sum(outcome.strayed for _, outcome in outcomes) / len(outcomes), 3),
            "measures": measures.summary({name: values[first:last] for name, values in measured.items()}),
            "worlds": [each.described() | outcome.described() for each, outcome in outcomes],
        })
    return {"id": id, "survived": round(sum(each["survived"] for each in parts) / len(parts), 3), "parts": parts}
