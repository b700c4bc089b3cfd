"""python -m kmmd.sim: rollouts of files, what they tell, and a demo."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from typing import Any

from .batch import Results, SettingsChanged, roll_out_file, tracker_named
from .world import Disturbances, World


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m kmmd.sim", description=__doc__)
    commands = parser.add_subparsers(required=True)
    rollout = commands.add_parser("rollout", help="does a simulated robot stay on its feet under these motions?")
    add_rollout(rollout)
    add_measures(commands.add_parser("measures", help="which measures of a motion tell that the robot falls?"))
    demo = commands.add_parser("demo", help="a simulated robot carries out what is said to the daemon")
    add_demo(demo)
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


def add_rollout(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Rolls motions out in simulation and prints how many stand. With several worlds each motion gets a probability. "
        "The file of results goes on where it was interrupted.")
    parser.add_argument("files", nargs="+", help=".npz of `kmmctl retarget`, .mcap of `kmmctl record`, or folders of them")
    parser.add_argument("-o", "--out", help="results, a line of JSON for each motion; without it they are printed")
    parser.add_argument("--features", metavar="FOLDER", help="also write the measures of every frame, an .npz for each motion")
    parser.add_argument("--tracker", default="twist2", help="twist2, twist2=FILE.onnx, or MODULE:CLASS of your own (kmmd.sim.Tracker)")
    parser.add_argument("--hold", type=float, default=3, help="seconds at rest behind the motion (default: 3)")
    parser.add_argument("--part", type=float, help="cut long motions into parts of so many seconds, each rolled out on its own")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    parser.add_argument("--worlds", type=int, default=1, help="worlds for each motion, that differ by their seeds (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="of the first world (default: 0)")
    parser.add_argument("--drawn", action="store_true", help="disturbances of random size in all worlds but the first, other "
                        "ones in each: pushes to 0.5 m/s, friction 0.5 to 1.6, mass ±10 %%, delay to 40 ms, bumps to 1 cm")
    add_disturbances(parser)
    parser.set_defaults(run=run_rollout)


def add_measures(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Prints for each measure of a reference how well it alone tells the falls in results of `rollout --features` (their first "
        "world), the bound that one in fifty standing motions passes, and the share of falls that pass it before the robot is down; "
        "where texts have several drafts (NAME-seed-N), also how often the robot stands when the mildest of them is taken.")
    parser.add_argument("results", help="file of `rollout -o`")
    parser.add_argument("features", help="folder of `rollout --features`")
    parser.set_defaults(run=run_measures)


def run_measures(arguments: argparse.Namespace) -> int:
    from . import labels
    from .measures import UNITS

    motions = list(labels.examples(arguments.results, arguments.features))
    print(f"{len(motions)} motions, {sum(each.fell_at[0] is not None for each in motions)} falls")
    print(f"{'measure':18}{'area':>6}{'bound':>9}{'falls beyond':>14}")
    for each in labels.telling(motions):
        print(f"{each.name:18}{each.area:6.2f}{each.bound:9.3g}{100 * each.caught:12.0f} %  {UNITS[each.name]}")
    groups = labels.drafts(motions)
    if groups:
        most = max(map(len, groups))
        print(f"\nstands, in all worlds of {len(groups)} texts, when the mildest of so many drafts is taken")
        print(f"{'measure':18}" + "".join(f"{count:8}" for count in range(1, most + 1)))
        for name in UNITS:
            shares = [labels.chosen(groups, name, count) for count in range(1, most + 1)]
            print(f"{name:18}" + "".join(f"{100 * share:6.1f} %" for share in shares))
    return 0


def add_demo(parser: argparse.ArgumentParser) -> None:
    from . import demo

    demo.add_arguments(parser)
    parser.add_argument("--tracker", default="twist2", help=argparse.SUPPRESS)
    add_disturbances(parser)
    parser.set_defaults(run=lambda arguments: demo.run(
        arguments, World(tracker_named(arguments.tracker), disturbances(arguments, seed=0))))


def add_disturbances(parser: argparse.ArgumentParser) -> None:
    """The flags that make one world; `disturbances` reads them."""
    parser.add_argument("--push", type=float, default=0, help="m/s that the pelvis gets every 4 s (training: up to 1)")
    parser.add_argument("--friction", type=float, help="of the floor (default: the model's, 1.6)")
    parser.add_argument("--mass", type=float, default=1, help="factor of all masses (default: 1)")
    parser.add_argument("--delay", type=float, default=0, help="ms until an action reaches the joints (default: 0)")
    parser.add_argument("--terrain", type=float, default=0, help="height of bumps, m (default: 0)")


def disturbances(arguments: argparse.Namespace, seed: int) -> Disturbances:
    """What the flags say."""
    return Disturbances(
        push=arguments.push, friction=arguments.friction, mass=arguments.mass, delay=arguments.delay / 1000,
        terrain=arguments.terrain, seed=seed,
    )


def run_rollout(arguments: argparse.Namespace) -> int:
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    worlds = [disturbances(arguments, seed) for seed in seeds]
    if arguments.drawn:
        worlds[1:] = [Disturbances.drawn(seed) for seed in seeds[1:]]
    if arguments.worlds > 1 and not (arguments.drawn or arguments.push or arguments.terrain):
        sys.exit("several worlds would be one and the same: give --drawn, --push or --terrain too")
    tasks = [
        (id, str(path), arguments.tracker, worlds, arguments.hold, arguments.part, arguments.features)
        for id, path in motions(arguments.files)
    ]
    if arguments.out is None:
        lines = [roll_out_file(*task) for task in tasks]
        for line in lines:
            print(json.dumps(line))
    else:
        settings = {
            "tracker": arguments.tracker, "hold": arguments.hold, "part": arguments.part,
            "worlds": [each.described() for each in worlds],
        }
        try:
            results = Results(arguments.out, settings)
        except SettingsChanged as error:
            sys.exit(str(error))
        for line in results.fill(roll_out_file, tasks, arguments.jobs):
            print(f"{line['id']}: {line.get('error') or line['survived']}", file=sys.stderr)
        lines = [results.lines[task[0]] for task in tasks]
    print(summary(lines), file=sys.stderr)
    return 0


def motions(arguments: list[str]) -> list[tuple[str, pathlib.Path]]:
    """Ids and paths of all motions in files and folders; ids are paths below the folder, without the suffix."""
    found: list[tuple[str, pathlib.Path]] = []
    for argument in map(pathlib.Path, arguments):
        if argument.is_dir():
            paths = sorted(path for path in argument.rglob("*") if path.suffix in (".npz", ".mcap"))
            found += [(path.relative_to(argument).with_suffix("").as_posix(), path) for path in paths]
        else:
            found.append((argument.stem, argument))
    return found


def summary(lines: list[dict[str, Any]]) -> str:
    """One sentence about results."""
    good = [line for line in lines if "error" not in line]
    worlds = [world for line in good for part in line["parts"] for world in part["worlds"]]
    if not worlds:
        return f"no motion among {len(lines)} files"
    text = f"{len(good)} motions, {len(worlds)} rollouts: {sum(world['survived'] for world in worlds)} stand"
    for phase in ("lead", "motion", "hold"):
        count = sum(world["fell_in"] == phase for world in worlds)
        text += f", {count} fell in the {phase}" if count else ""
    text += f"; {sum(world['strayed'] for world in worlds)} of those that stand strayed"
    failed = len(lines) - len(good)
    return text + (f"; {failed} files were no motion" if failed else "")


if __name__ == "__main__":
    sys.exit(main())
