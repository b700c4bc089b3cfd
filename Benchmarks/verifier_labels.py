#!/usr/bin/env python3
"""Data for a verifier: many drafts of many texts, retargeted, rolled out with disturbances.

    python3 Benchmarks/verifier_labels.py -o runs/labels --seeds 8 --worlds 6
    python3 Benchmarks/verifier_labels.py -o runs/labels --texts captions.txt --tracker my_robot:Tracker --robot my_robot

OUT/labels.jsonl has a line for each draft: the share of worlds in which the robot stands, when it fell, and the worst of each measure;
OUT/features/*.npz the measures of every frame. `kmmd.sim.labels.examples` reads both. Interrupted, it goes on where it was; more
seeds or texts may be added later (at the end of the file), other worlds not. Needs the package kmmd[sim].
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Clients/python"))
import support
from kmmd.sim.__main__ import main as sim

# Actions and manners of the data that the generator was trained on, in other words than the texts that judge it
# (tracker/everyday.py): the verifier must not have seen those.
ACTIONS = [
    "a person walks ahead", "a person walks backwards", "a person strides along and stops", "a person runs",
    "a person jogs in a curve", "someone steps sideways left", "someone steps sideways right", "a man turns to his left",
    "a man turns to his right", "a person turns all the way round", "a person greets with the right hand",
    "a person greets with the left hand", "a person lifts both arms over the head", "someone claps",
    "someone boxes", "a person hits with the left fist", "a person throws with the right arm",
    "a person throws something underarm", "someone kicks with the right leg", "someone kicks with the left leg",
    "a person raises the left knee", "a person jumps in place", "a person leaps forward", "a person hops on the right leg",
    "a person does squats", "a person crouches low", "a person does a lunge", "a person bows deeply", "a person bends over to pick "
    "something up", "a person stretches arms and back", "a person dances", "a person does jumping jacks", "a person limps",
    "a person marches", "a person sits down", "a person stands up from a chair", "a person steps over an obstacle",
    "a person stumbles", "a person swings the arms", "a person leans to the side", "a person balances on one foot",
    "a person walks, stops and looks around",
]
MANNERS = ["", " slowly", " fast", " with big movements"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True)
    parser.add_argument("--texts", type=pathlib.Path, help=f"a text a line (default: {len(ACTIONS) * len(MANNERS)} own ones)")
    parser.add_argument("--seeds", type=int, default=8, help="drafts of each text (default: 8)")
    parser.add_argument("--robot", default="unitree_g1", help="kmmd's profile of the tracker's robot")
    parser.add_argument("--tracker", default="twist2", help="as in `python -m kmmd.sim rollout`")
    parser.add_argument("--worlds", type=int, default=6, help="worlds for each draft, the first one undisturbed (default: 6)")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    out: pathlib.Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    texts = out / "texts.txt"
    if arguments.texts is not None:
        texts.write_text(arguments.texts.read_text())
    elif not texts.exists():
        texts.write_text("".join(f"{action}{manner}\n" for manner in MANNERS for action in ACTIONS))
    count = len(texts.read_text().splitlines())
    if len(list((out / "human").glob("*.npz"))) < count * arguments.seeds:
        kmmctl("generate", "--prompts", str(texts), "--seeds", str(arguments.seeds), "--models", support.models(), "--policy", "warn",
               "-o", str(out / "human"))
    kmmctl("retarget", str(out / "human"), "--robot", arguments.robot, "--profiles", support.profiles_folder(), "-o", str(out / "robot"),
           "--rate", "50", "--jobs", str(arguments.jobs), "--resume")
    sys.argv[1:] = [
        "rollout", str(out / "robot" / arguments.robot), "-o", str(out / "labels.jsonl"), "--features", str(out / "features"),
        "--tracker", arguments.tracker, "--worlds", str(arguments.worlds), "--drawn", "--hold", "1",
        "--jobs", str(arguments.jobs),
    ]
    sys.exit(sim())


def kmmctl(*arguments: str) -> None:
    subprocess.run([support.program("kmmctl"), *arguments], check=True, env=dict(os.environ))


if __name__ == "__main__":
    main()
