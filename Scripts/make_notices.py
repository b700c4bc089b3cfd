#!/usr/bin/env python3
"""Writes RobotProfiles/NOTICES.md: the licence texts of the descriptions that the shipped profiles were made from.

    python3 Scripts/make_notices.py [--robots ../shared/robots]

Each folder of the robot data has its source's licence in LICENSE; texts that are the same are printed once.
"""
import argparse
import json
import pathlib

from make_profiles import ROBOTS

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Folders whose files have different licences.
OTHER_FILES = {"booster_t1_29dof": "LICENSE-t1_29dof.txt"}
HEAD = """# Notices

The profiles of this folder hold numbers from descriptions that others have published. Their licences, as the sources carry
them:
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--robots", type=pathlib.Path, default=ROOT.parent / "shared" / "robots")
    robots = parser.parse_args().robots
    folders = {"unitree_g1": "unitree_g1_29dof"} | {entry[0]: entry[7].split("/")[0] for entry in ROBOTS}
    sections = {}
    for name in sorted(folders):
        folder = robots / folders[name]
        text = (folder / OTHER_FILES.get(folder.name, "LICENSE")).read_text(errors="replace")
        text = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
        sections.setdefault(text, []).append(name)
    pages = [HEAD]
    for text, names in sections.items():
        profiles = [json.loads((ROOT / "RobotProfiles" / f"{name}.json").read_text()) for name in names]
        sources = sorted({f"{each['source']['repository']} ({each['licence']})" for each in profiles})
        pages.append(f"## {', '.join(names)}\n\nFrom {', '.join(sources)}.\n\n```\n{text}\n```\n")
    (ROOT / "RobotProfiles" / "NOTICES.md").write_text("\n".join(pages))


if __name__ == "__main__":
    main()
