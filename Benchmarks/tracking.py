#!/usr/bin/env python3
"""Everyday texts said to the daemon, followed by a simulated robot: does it stay on its feet, and does it do what was said?

    python3 Benchmarks/tracking.py -o runs/tracking                      # 87 texts x 5 seeds, 80 chains of three: hours
    python3 Benchmarks/tracking.py -o runs/tracking --texts 30 --seeds 2 --chains 20 --robots 4 --jobs 2

First all is said, in real time, to several robots of one daemon at once; the streams are kept in OUT/streams. Then each is rolled out in
two worlds: calm, and rough (pushes of 0.5 m/s every 4 s, friction 0.6, 10 % more mass, 20 ms of delay together). OUT/results.jsonl has a
line for each trial, and the tables are printed. Interrupted, it goes on where it was. Other weights: KMMD_MODELS, and another OUT.
Documentation/tracking.md says what is counted. Needs the package kmmd[sim].
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
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
    results = Results(arguments.out / "results.jsonl", {"tracker": arguments.tracker, "weights": weights()})
    if arguments.robots:
        said.collect(trials, streams, arguments.robots)
    os.nice(arguments.nice)
    # What lost frames again and again has no stream.
    trials = [trial for trial in trials if (streams / f"{trial.id}.npz").exists()]
    tasks = [(trial.id, trial.actions, str(streams / f"{trial.id}.npz"), arguments.tracker) for trial in trials]
    for line in results.fill(judged, tasks, arguments.jobs):
        fell = line["calm"]["fell_in"]
        print(f"{line['id']}: {f'fell in the {fell}' if fell else 'stands'}", file=sys.stderr)
    show([results.lines[trial.id] for trial in trials], arguments.json)


def weights() -> str:
    """What tells one set of trained weights from another."""
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(support.models(), "kmm").glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


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


def show(lines: list[dict[str, Any]], as_json: bool) -> None:
    """Prints the tables."""
    groups = {
        "from the stand": [line for line in lines if len(line["actions"]) == 1],
        "chains of three": [line for line in lines if len(line["actions"]) > 1],
    }
    rows = []
    for name, group in groups.items():
        judged_ones = [line for line in group if None not in line["reference"]["done"]]
        for world in ("calm", "rough"):
            rows.append([
                f"{name}, {world}", share([line[world]["survived"] for line in group]),
                str(sum(line[world]["fell_in"] == "motion" for line in group)),
                str(sum(line[world]["fell_in"] == "hold" for line in group)),
                share([line[world]["strayed"] for line in group]),
                share([all(line[world]["done"]) for line in judged_ones]),
                share([all(line["reference"]["done"]) for line in judged_ones]),
            ])
    by_text: dict[str, list[dict[str, Any]]] = {}
    for line in groups["from the stand"]:
        by_text.setdefault(line["actions"][0], []).append(line)
    weak = sorted(
        ((sum(line["calm"]["survived"] for line in group) / len(group), text, group) for text, group in by_text.items()),
        key=lambda item: item[:2])
    if as_json:
        print(json.dumps({"rows": rows, "texts": {text: survived for survived, text, _ in weak}}, indent=1))
        return
    support.show_table(["", "stands", "fell in motion", "in hold", "strayed", "did it", "reference does it"], rows)
    tight = [line for line in lines if line["measures"]["rest_margin"] < 0.02]
    print(f"\nrests with under 2 cm of margin: {share([line in tight for line in lines])}"
          f"; trials with underruns: {sum(line['underruns'] > 0 for line in lines)}")
    print(f"texts under 80 %: {sum(survived < 0.8 for survived, _, _ in weak)} of {len(weak)}\n")
    support.show_table(["text", "stands, calm", "rough", "did it", "reference does it"], [
        [text, *(share([line[world]["survived"] for line in group]) for world in ("calm", "rough")),
         *("–" if TEXTS[text] is None else share([all(line[of]["done"]) for line in group]) for of in ("calm", "reference"))]
        for survived, text, group in weak
        if survived < 1 or sum(map(all, (line["calm"]["done"] for line in group))) < len(group)
    ])


if __name__ == "__main__":
    main()
