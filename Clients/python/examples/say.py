#!/usr/bin/env python3
"""Says a sentence to a running kmmd and prints the joints while the robot carries it out.

    python3 Clients/python/examples/say.py "wave with the right hand"
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

CLIENT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CLIENT))


def find_packages() -> None:
    """Goes on under another interpreter when this one lacks pyzmq or numpy (Debian's has them after `make run`)."""
    try:
        import numpy  # noqa: F401
        import zmq  # noqa: F401
    except ImportError:
        tried = os.environ.get("KMMD_EXAMPLE_TRIED", "").split(":")
        for python in (CLIENT.parents[1] / ".venv/bin/python", pathlib.Path("/usr/bin/python3")):
            if python.exists() and str(python) not in tried:
                os.environ["KMMD_EXAMPLE_TRIED"] = ":".join([*tried, str(python)])
                os.execv(python, [str(python), *sys.argv])
        sys.exit("this example needs pyzmq and numpy: pip install pyzmq numpy")


find_packages()

import kmmd  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Say a sentence to a running kmmd and print the joints.")
    parser.add_argument("text", help="what the robot shall do")
    parser.add_argument("--robot", help="name of the robot; without it the daemon's default one")
    parser.add_argument("--command", help="command endpoint")
    parser.add_argument("--events", help="events endpoint")
    parser.add_argument("--stream", help="stream endpoint")
    options = parser.parse_args()

    try:
        with kmmd.Client(command=options.command, events=options.events, stream=options.stream) as client:
            names = client.robot(options.robot)["joint_names"]
            with client.subscribe(robot=options.robot, timeout=10) as stream:
                stream.wait_until_connected(client.timeout)
                ack = client.say(options.text, robot=options.robot)
                print(f"{ack.command}: {' | '.join(segment['text'] for segment in ack.segments)}")
                return show(stream, ack.command, names)
    except (kmmd.KmmdError, kmmd.NoAnswer) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, kmmd.KmmdError) else 3


def show(stream: kmmd.Subscription, command: str, names: list[str]) -> int:
    """Prints events, and five times a second the joints, until the command is over."""
    for message in stream:
        if isinstance(message, kmmd.Frame):
            if message.command == command and message.frame % 10 == 0:
                x, y, z = message.root_pos
                print(f"frame {message.frame}  root {x:+.2f} {y:+.2f} {z:+.2f} m")
                print("  " + "  ".join(f"{name} {value:+.2f}" for name, value in zip(names, message.joint_pos)))
        elif message.command == command:
            print(f"{message.command} {message.name}")
            if message.is_end:
                return 0 if message.name == "done" else 1
    return 3


if __name__ == "__main__":
    sys.exit(main())
