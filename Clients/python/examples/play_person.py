#!/usr/bin/env python3
"""Plays a file as a living person, over and over: to try what follows people without a suit.

    kmmctl generate "wave with the right hand" -o wave.npz        # or: kmmctl convert dance.bvh -o dance.npz
    python3 Clients/python/examples/play_person.py wave.npz --person anna
    kmmctl follow anna
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import kmmd  # noqa: E402
from kmmd import people  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", help="a person's motion: .npz of `kmmctl generate` or `kmmctl convert`")
    parser.add_argument("--person", default="anna", help="what the person is called")
    parser.add_argument("--times", type=int, default=0, help="how often; without it until Ctrl-C")
    parser.add_argument("--endpoint", help="the people socket")
    arguments = parser.parse_args()
    motion = kmmd.load(arguments.file)
    if not isinstance(motion, kmmd.PersonMotion):
        parser.error(f"{arguments.file} holds a robot's motion; a person's is needed")
    if not len(motion):
        parser.error(f"{arguments.file} holds no frames")
    poses = list(zip(*people.poses(motion)))
    # There and back, so that nobody jumps where it begins anew.
    poses += poses[-2:0:-1]
    with kmmd.PersonSender(arguments.person, arguments.endpoint) as sender:
        print(f"{arguments.person}: {motion.duration_s:.1f} s there and back at {motion.rate_hz:.0f} Hz; Ctrl-C ends it")
        start, number = time.monotonic(), 0
        while not arguments.times or number < arguments.times * len(poses):
            time.sleep(max(start + number / motion.rate_hz - time.monotonic(), 0))
            rot, root = poses[number % len(poses)]
            sender.send(rot=rot, root_pos=root)
            number += 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
