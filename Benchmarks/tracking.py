#!/usr/bin/env python3
"""Everyday texts said to the daemon, followed by a simulated robot: does it stay on its feet, and does it do what was said?

    python3 Benchmarks/tracking.py -o runs/tracking                      # 87 texts x 5 seeds, 80 chains of three: hours
    python3 Benchmarks/tracking.py -o runs/tracking --texts 30 --seeds 2 --chains 20 --robots 4 --jobs 2

All is said, in real time, to several robots of one daemon at once; the streams are kept in OUT/streams. Meanwhile other processes roll
each out in two worlds: calm, and rough (pushes of 0.5 m/s every 4 s, friction 0.6, 10 % more mass, 20 ms of delay together).
OUT/results.jsonl has a line for each trial; the tables are printed, and written to OUT/table.md with the commit and the weights that
they are of. Interrupted, it goes on where it was. Other weights: KMMD_MODEL and KMMD_MODELS, and another OUT.
Documentation/tracking.md says what is counted. Needs the package kmmd[sim].
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import zlib
from typing import Any

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "tracker"), str(HERE.parent / "Clients/python")]

import everyday
import said
import support
from everyday import TEXTS, Seen
from kmmd.sim import Disturbances, Outcome, Reference, Tracker, World, measures, roll_out
from kmmd.sim.batch import Results, tracker_named

# A simulated robot does things this much later than it was asked to, frames.
LAG = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True, help="folder of streams and results")
    parser.add_argument("--texts", type=int, default=len(TEXTS), help=f"of {len(TEXTS)}, spread over all")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--chains", type=int, default=80)
    parser.add_argument("--robots", type=int, default=4, help="robots of the daemon at once (default: 4); 0: say no more, "
                        "judge what there is")
    parser.add_argument("--jobs", type=int, default=1, help="processes that simulate (default: 1)")
    parser.add_argument("--tracker", default="twist2", help="as in `python -m kmmd.sim rollout`")
    parser.add_argument("--nice", type=int, default=0, help="so much less urgent are the simulations than what listens to the daemon")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of tables")
    arguments = parser.parse_args()
    trials = everyday.singles(arguments.texts, arguments.seeds) + everyday.chains(arguments.chains)
    streams = arguments.out / "streams"
    # Other weights are refused before anything of theirs is mixed in.
    results = Results(arguments.out / "results.jsonl", {"tracker": arguments.tracker, **weights()})
    about = arguments.out / "about.json"
    if arguments.robots:
        about.write_text(json.dumps({"commit": commit(), "date": datetime.date.today().isoformat(), **weights()}))

    def take(line: dict[str, Any]) -> None:
        results.add(line)
        fell = line["calm"]["fell_in"]
        print(f"{line['id']}: {f'fell in the {fell}' if fell else 'stands'}", file=sys.stderr)

    # A fresh interpreter: libraries' threads do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(arguments.jobs, os.nice, (arguments.nice,)) as pool:
        pending = []

        def simulate(trial: everyday.Trial) -> None:
            path = streams / f"{trial.id}.npz"
            if trial.id not in results.lines and path.exists():
                task = (trial.id, trial.actions, str(path), arguments.tracker)
                pending.append(pool.apply_async(judged, task, callback=take))

        for trial in trials:
            simulate(trial)
        if arguments.robots:
            said.collect(trials, streams, arguments.robots, simulate)
        for each in pending:
            each.get()
    # What lost frames again and again has no stream.
    lines = [results.lines[trial.id] for trial in trials if trial.id in results.lines]
    show(lines, arguments.json)
    told = json.loads(about.read_text()) if about.exists() else weights()
    (arguments.out / "table.md").write_text(markdown(lines, told))


def commit() -> str:
    """The commit of the checkout, with a mark where it is changed."""
    asked = ["git", "-C", str(support.ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip() or "no checkout"


def weights() -> dict[str, str]:
    """What tells one set of trained weights from another: the model's name and a digest of its files."""
    model = os.environ.get("KMMD_MODEL", "free")
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(support.models(), model).glob("*")):
        if path.suffix in (".safetensors", ".json"):
            digest.update(path.read_bytes())
    return {"model": model, "weights": digest.hexdigest()[:12]}


def judged(id: str, actions: tuple[str, ...], path: str, tracker: str) -> dict[str, Any]:
    """The line of a trial."""
    policy = tracker_named(tracker)
    reference = Reference.load(path).ordered(policy.joint_names)
    with np.load(path) as arrays:
        segments, underruns = arrays["segment"], int(arrays["underruns"])
    rough = Disturbances(push=0.5, friction=0.6, mass=1.1, delay=0.02, seed=zlib.crc32(id.encode()))
    asked = np.concatenate([reference.root_pos, reference.root_quat], axis=1)
    line: dict[str, Any] = {
        "id": id, "actions": actions, "seconds": round(reference.seconds, 2), "underruns": underruns,
        "measures": measures.summary(measures.measured(reference, policy)),
        "reference": {"done": done(policy, actions, segments, asked, reference.joint_pos, 0)},
    }
    for name, disturbances in (("calm", Disturbances()), ("rough", rough)):
        outcome = roll_out(reference, World(policy, disturbances))
        line[name] = outcome.described() | {"done": simulated(policy, actions, segments, outcome)}
    return line


def simulated(policy: Tracker, actions: tuple[str, ...], segments: Any, outcome: Outcome) -> list[bool | None]:
    """What of the actions the simulated robot did; nothing when it fell."""
    if not outcome.survived:
        return [None if TEXTS[text] is None else False for text in actions]
    return done(policy, actions, segments, outcome.root, outcome.joints, LAG)


def done(
    policy: Tracker, actions: tuple[str, ...], segments: Any, root: Any, joints: Any, lag: int
) -> list[bool | None]:
    """Whether each action was done; None for texts without a measure."""
    verdicts: list[bool | None] = []
    for index, text in enumerate(actions):
        judge = TEXTS[text]
        frames = np.flatnonzero(segments == index)
        if judge is None:
            verdicts.append(None)
        elif len(frames) < 2:
            verdicts.append(False)
        else:
            first = frames[0]
            # What leads to a stand behind the last action belongs to it.
            last = len(segments) if index == len(actions) - 1 else frames[-1] + 1
            stretch = slice(first, min(last + lag, len(root)))
            verdicts.append(bool(judge(Seen(policy, root[stretch], joints[stretch]))))
    return verdicts


def share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f} % of {len(values)}" if values else "–"


HEAD = ["", "stands", "fell in the motion, the hold", "strayed", "did it", "reference does it"]
WEAK = ["text", "stands, calm", "rough", "did it", "reference does it"]


def overview(lines: list[dict[str, Any]]) -> list[list[str]]:
    """The rows of `HEAD`."""
    rows = []
    for name, actions in (("from the stand", 1), ("chains of three", 3)):
        group = [line for line in lines if len(line["actions"]) == actions]
        measured = [line for line in group if None not in line["reference"]["done"]]
        for world in ("calm", "rough"):
            fell = [sum(line[world]["fell_in"] == part for line in group) for part in ("motion", "hold")]
            rows.append([
                f"{name}, {world}", share([line[world]["survived"] for line in group]), f"{fell[0]}, {fell[1]}",
                share([line[world]["strayed"] for line in group]),
                share([all(line[world]["done"]) for line in measured]),
                share([all(line["reference"]["done"]) for line in measured]),
            ])
    return rows


def by_text(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The trials of each text, those first that stand least often."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if len(line["actions"]) == 1:
            groups.setdefault(line["actions"][0], []).append(line)
    return dict(sorted(groups.items(), key=lambda item: (np.mean([line["calm"]["survived"] for line in item[1]]), item[0])))


def weak(lines: list[dict[str, Any]]) -> list[list[str]]:
    """The rows of `WEAK`: texts under which the robot does not always stand, or does not do what they say."""
    return [
        [text, *(share([line[world]["survived"] for line in group]) for world in ("calm", "rough")),
         *("–" if TEXTS[text] is None else share([all(line[of]["done"]) for line in group]) for of in ("calm", "reference"))]
        for text, group in by_text(lines).items()
        if not all(line["calm"]["survived"] and all(line["calm"]["done"]) for line in group)
    ]


def remarks(lines: list[dict[str, Any]]) -> str:
    tight = share([line["measures"]["rest_margin"] < 0.02 for line in lines])
    groups = by_text(lines).values()
    rare = sum(np.mean([line["calm"]["survived"] for line in group]) < 0.8 for group in groups)
    return (f"rests with under 2 cm of margin: {tight}; trials with underruns: {sum(line['underruns'] > 0 for line in lines)}; "
            f"texts that stand in under 80 %: {rare} of {len(groups)}")


def show(lines: list[dict[str, Any]], as_json: bool) -> None:
    """Prints the tables."""
    if as_json:
        texts = {text: float(np.mean([line["calm"]["survived"] for line in group])) for text, group in by_text(lines).items()}
        print(json.dumps({"rows": overview(lines), "texts": texts}, indent=1))
        return
    support.show_table(HEAD, overview(lines))
    print(f"\n{remarks(lines)}\n")
    support.show_table(WEAK, weak(lines))


def markdown(lines: list[dict[str, Any]], about: dict[str, str]) -> str:
    """The first table for a page, with what it is of."""
    rows = [HEAD, ["---"] * len(HEAD), *overview(lines)]
    fell = sorted(line["id"] for line in lines if not line["calm"]["survived"])
    return "\n".join([
        f"Commit {about.get('commit', '–')}, model `{about['model']}` (weights {about['weights']}), {about.get('date', '–')}.", "",
        *(f"| {' | '.join(row)} |" for row in rows), "", f"{remarks(lines)}. Fell, calm: {', '.join(fell) or 'none'}.", "",
    ])


if __name__ == "__main__":
    main()
