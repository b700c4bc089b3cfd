"""What rollouts teach: examples for a network that tells which motions a robot falls under, and what single measures tell."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .measures import LEAST, UNITS, summary
from .reference import RATE, Array


@dataclass(frozen=True)
class Example:
    """A motion, or a part of one, and how often a robot stood."""

    id: str
    features: dict[str, NDArray[np.float32]]
    """[T, …] at 50 Hz: those of `measures.UNITS`, `command` [T, 35], `center` [T, 9] (the centre of mass: place over the pelvis,
    velocity, acceleration, in the heading's axes), `soles` [T, 8] (heights of sole points)."""
    survived: float
    """Share of the worlds."""
    fell_at: tuple[float | None, ...]
    """In each world: seconds since the first frame, None where it stands."""

    @property
    def hazard(self) -> NDArray[np.float32]:
        """[T]: share of the worlds whose robot, on its feet at this frame, falls within a second of it; NaN where none stands."""
        times = np.arange(len(next(iter(self.features.values())))) / RATE
        falls = np.array([np.inf if at is None else at for at in self.fell_at])
        standing = falls[:, None] > times
        with np.errstate(invalid="ignore"):
            share = (standing & (falls[:, None] <= times + 1)).sum(axis=0) / standing.sum(axis=0)
        return np.asarray(share, np.float32)


def parts(results: str | pathlib.Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids and parts of all motions of a file of `python -m kmmd.sim rollout -o`."""
    with pathlib.Path(results).open() as stream:
        for line in map(json.loads, stream):
            for part in line.get("parts", []):
                yield line["id"], part


def examples(results: str | pathlib.Path, features: str | pathlib.Path) -> Iterator[Example]:
    """The examples of a file of results, and of the folder that `--features` named."""
    loaded: tuple[str, dict[str, NDArray[np.float32]]] = ("", {})
    for id, part in parts(results):
        if loaded[0] != id:
            with np.load(pathlib.Path(features) / f"{id}.npz") as arrays:
                loaded = id, {name: arrays[name].astype(np.float32) for name in arrays.files}
        first = round(part["start"] * RATE)
        last = first + round(part["seconds"] * RATE)
        yield Example(
            id if not part["start"] else f"{id}@{part['start']:g}",
            {name: values[first:last] for name, values in loaded[1].items()},
            part["survived"], tuple(world["fell_at"] for world in part["worlds"]),
        )


@dataclass(frozen=True)
class Telling:
    """What one measure tells of falls."""

    name: str
    area: float
    """Under the receiver's curve: 0.5 tells nothing, 1 all. Above 0.5 when falls have the greater values."""
    bound: float
    """The value that one in fifty of the standing motions passes."""
    caught: float
    """Share of the falls that pass it before the robot is down."""


def telling(motions: Sequence[Example], kept: float = 0.98) -> list[Telling]:
    """What each measure tells of the falls in the first world, best first.

    A motion counts with its worst value, one that falls with its worst until it is down.
    """
    fell = np.array([each.fell_at[0] is not None for each in motions])
    worst = [
        summary({name: values[: _until(each)] for name, values in each.features.items()}) for each in motions
    ]
    found = []
    for name in UNITS:
        values = np.array([each.get(name, np.nan) for each in worst], np.float64)
        known = np.isfinite(values)
        stood, down = values[known & ~fell], values[known & fell]
        if not len(stood) or not len(down):
            continue
        area = _area(stood, down)
        sign = 1 if area >= 0.5 else -1
        bound = sign * float(np.quantile(sign * stood, kept))
        found.append(Telling(name, area, bound, float(np.mean(sign * down > sign * bound))))
    return sorted(found, key=lambda each: -abs(each.area - 0.5))


def drafts(motions: Sequence[Example]) -> list[list[Example]]:
    """The drafts of each text, for texts that have several: what differs by the seed in its name, `NAME-seed-N`."""
    groups: dict[str, list[Example]] = {}
    for each in motions:
        groups.setdefault(each.id.rpartition("-seed-")[0] or each.id, []).append(each)
    return [group for group in groups.values() if len(group) > 1]


def chosen(groups: Sequence[Sequence[Example]], measure: str, count: int) -> float:
    """How often a robot stands, over all worlds, when of `count` drafts the one with the mildest worst value is taken.

    Every draft of a text is the first of the ones to choose from once, so that a count of 1 gives the mean of all.
    """
    mildest = max if measure in LEAST else min
    stood: list[float] = []
    for group in groups:
        worst = [summary(each.features)[measure] for each in group]
        for first in range(len(group)):
            taken = [(first + i) % len(group) for i in range(min(count, len(group)))]
            stood.append(group[mildest(taken, key=lambda i: worst[i])].survived)
    return float(np.mean(stood))


def _until(example: Example) -> int | None:
    at = example.fell_at[0]
    return None if at is None else max(1, round(at * RATE))


def _area(low: Array, high: Array) -> float:
    """How often one of `high` is greater than one of `low`; ties count half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left")
    ties = np.searchsorted(ordered, high, "right") - below
    return float((below + 0.5 * ties).mean() / len(low))
