#!/usr/bin/env python3
"""Turns public data sets, as their makers give them away, into what `kmmctl train prepare` reads.

    python3 Scripts/datasets/convert.py cmu    all_asfamc/subjects --index cmu-mocap-index-text.txt --humanml3d HumanML3D -o data
    python3 Scripts/datasets/convert.py hdm05  HDM05_cut_amc -o data
    python3 Scripts/datasets/convert.py bandai Bandai-Namco-Research-Motiondataset -o data
    python3 Scripts/datasets/convert.py smartbody smartbody -o data      # likewise mesh2motion, asap, drawings
    kmmctl train prepare --data data --sets cmu,hdm05 --out prepared

Needs numpy and scipy. Documentation/data.md says where the sets are and what of them is taken.
"""

from __future__ import annotations

import argparse
import csv
import pathlib
import re
import sys

import asap
import bandai
import drawings
import mesh2motion
import smartbody
from acclaim import Skeleton
from collection import Set, drawn_split
from skeleton import RATE

HDM05_TEXTS = {
    "depositFloorR": "a person bends down and puts something on the floor with the right hand",
    "elbowToKnee1RepsLelbowStart": "a person does an elbow to knee exercise once, starting with the left elbow",
    "grabHighR": "a person reaches up high and grabs something with the right hand",
    "hopBothLegs1hops": "a person hops once on both legs",
    "jogLeftCircle4StepsRstart": "a person jogs four steps in a circle to the left, starting with the right foot",
    "kickLFront1Reps": "a person kicks to the front once with the left leg",
    "lieDownFloor": "a person lies down on the floor",
    "rotateArmsBothBackward1Reps": "a person rotates both arms backward once",
    "sneak2StepsLStart": "a person sneaks forward two steps, starting with the left foot",
    "squat1Reps": "a person does one squat",
    "throwBasketball": "a person throws a basketball",
}
# Subjects that are known to be recorded at 60 frames a second; --slow names more. All others are taken as 120.
SLOW_SUBJECTS = {60, 61, 88, 90, 93, 143}
ACTORS = {"mm": "val", "tr": "test"}


def hdm05(source: pathlib.Path, options: argparse.Namespace) -> list[Set]:
    """The cut clips of HDM05: HDM_bd_squat1Reps_001_120.amc beside HDM_bd.asf, in any folders."""
    skeletons = {file.stem.split("_")[1]: Skeleton(file.read_text()) for file in sorted(source.rglob("HDM_*.asf"))}
    result, seen = Set("hdm05", "hdm05"), set()
    for file in sorted(source.rglob("HDM_*_*.amc"), key=lambda file: file.name):
        parts = re.fullmatch(r"HDM_(\w\w)_(\w+)_(\d+)_(\d+)\.amc", file.name)
        if not parts or file.name in seen:
            continue
        seen.add(file.name)
        actor, label, number, rate = parts.groups()
        if actor not in skeletons or label not in HDM05_TEXTS:
            result.left_out.append(f"{file.name}: {'no text for this label' if actor in skeletons else f'no HDM_{actor}.asf'}")
            continue
        motion = skeletons[actor].motion(file.read_text(), float(rate))
        if len(motion) < 60:
            result.left_out.append(f"{file.name}: {len(motion)} frames")
            continue
        clip = result.add(f"hdm05_{actor}_{label}_{number}", motion.at(RATE), "hdm05", ACTORS.get(actor, "train"), label=label)
        result.say(clip, HDM05_TEXTS[label], "hdm05-class")
    return [result]


def cmu(source: pathlib.Path, options: argparse.Namespace) -> list[Set]:
    """CMU's recordings: 01/01.asf with 01_01.amc and so on beside it."""
    described = descriptions(options.index) if options.index else {}
    captions, splits = humanml3d(options.humanml3d) if options.humanml3d else ({}, {})
    result = Set("cmu", "cmu")
    for skeleton_file in sorted(source.rglob("*.asf"), key=lambda file: int(file.stem) if file.stem.isdigit() else 0):
        if not skeleton_file.stem.isdigit():
            continue
        subject, skeleton = int(skeleton_file.stem), Skeleton(skeleton_file.read_text())
        for file in sorted(skeleton_file.parent.glob("*.amc")):
            trial = re.fullmatch(r"\d+_(\d+)", file.stem)
            key = (subject, int(trial[1])) if trial else None
            texts, said = captions.get(key, []), described.get(key, "")
            if key is None or (options.captioned and not texts and not said):
                continue
            motion = skeleton.motion(file.read_text(), 60.0 if subject in SLOW_SUBJECTS | options.slow else 120.0)
            if len(motion) < motion.rate / 2:
                result.left_out.append(f"{file.name}: {len(motion)} frames")
                continue
            motion, identity = motion.at(RATE), f"cmu_{subject:02d}_{key[1]:02d}"
            low = sorted(motion.lowest())
            # Feet far from the floor stand on props, which a robot does not have.
            is_flat = bool(-8 < low[len(low) // 100] and low[len(low) // 2] < 9)
            clip = result.add(
                identity, motion, f"cmu_{subject:03d}", splits.get(key) or drawn_split(identity), subject=subject, trial=key[1],
                flat_ground=is_flat)
            result.say(clip, said, "cmu-index")
            for text, start, end in texts:
                result.say(clip, text, "humanml3d", start, end)
    return [result]


def descriptions(file: pathlib.Path) -> dict[tuple[int, int], str]:
    """What CMU's own index says of trials: lines `01_01 text`, with tabs or commas between."""
    rows = (re.match(r"\s*(\d+)_(\d+)[\s,]+(.+?)\s*$", line) for line in file.read_text(errors="replace").splitlines())
    return {(int(row[1]), int(row[2])): row[3].strip("\",") for row in rows if row}


def humanml3d(folder: pathlib.Path) -> tuple[dict[tuple[int, int], list[tuple[str, float, float]]], dict[tuple[int, int], str]]:
    """Captions of CMU's trials with their times, seconds, and the trials' splits: a trial is for testing when a part of it is."""
    captions: dict[tuple[int, int], list[tuple[str, float, float]]] = {}
    parts: dict[tuple[int, int], set[str]] = {}
    lists = {name: set((folder / f"{name}.txt").read_text().split()) for name in ("train", "val", "test")}
    for row in csv.DictReader((folder / "index.csv").open()):
        trial = re.search(r"CMU/(?:.*/)?(\d+)_(\d+)_poses", row["source_path"])
        name = row["new_name"].removesuffix(".npy")
        text = folder / "texts" / f"{name}.txt"
        if not trial or not text.exists():
            continue
        key, first, last = (int(trial[1]), int(trial[2])), int(row["start_frame"]) / 20, int(row["end_frame"]) / 20
        parts.setdefault(key, set()).update(split for split, names in lists.items() if name in names)
        for line in text.read_text(errors="replace").splitlines():
            words = line.split("#")
            if len(words) >= 4 and words[0].strip():
                start, end = (0.0 if word.strip() in ("", "nan") else float(word) for word in words[2:4])
                whole = start == end == 0
                captions.setdefault(key, []).append(
                    (" ".join(words[0].split()), first if whole else first + start, last if whole else first + end))
    order = ("test", "val", "train")
    return captions, {key: next(name for name in order if name in found) for key, found in parts.items() if found}


SETS = {"cmu": cmu, "hdm05": hdm05} | {
    name: lambda source, _, of=module: of.convert(source)
    for name, module in {
        "asap": asap, "bandai": bandai, "drawings": drawings, "mesh2motion": mesh2motion, "smartbody": smartbody}.items()
}
"""What converts the folder of a set."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Turn a public data set into what `kmmctl train prepare` reads.")
    parser.add_argument("set", choices=sorted(SETS))
    parser.add_argument("source", type=pathlib.Path, help="the folder with the makers' files")
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True, help="the folder of the collection")
    parser.add_argument("--index", type=pathlib.Path, help="cmu: cmu-mocap-index-text.txt, CMU's own words for trials")
    parser.add_argument("--humanml3d", type=pathlib.Path, help="cmu: HumanML3D's folder with index.csv, texts and train.txt, val.txt, test.txt")
    parser.add_argument("--slow", type=lambda text: set(map(int, text.split(","))), default=set(),
                        help="cmu: further subjects at 60 frames a second, as 75,87")
    parser.add_argument("--captioned", action="store_true", help="cmu: only trials with a text")
    options = parser.parse_args()
    if not options.source.is_dir():
        parser.error(f"{options.source} is no folder")
    made = SETS[options.set](options.source, options)
    for one in made:
        for reason in one.left_out:
            print(f"left out: {reason}", file=sys.stderr)
        if not one.clips:
            parser.error(f"{options.source} holds nothing of {one.name}")
        print(one.write(options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
