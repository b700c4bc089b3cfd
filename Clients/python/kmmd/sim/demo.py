"""python -m kmmd.sim demo: a simulated robot carries out what is said to the daemon, or follows a person."""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from ..client import Client
from ..errors import KmmdError, NoAnswer
from ..messages import Event, Frame
from ..states import StateSender
from .film import Film, drawn
from .live import Follower
from .person import Person
from .world import World

_PORTS = {"command": 5771, "priority": 5772, "events": 5773, "stream": 5774, "state": 5775, "people": 5776}
SENTENCES = ["wave with the right hand", "walk forward two metres", "turn left 90 degrees", "kick with the right leg"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "A simulated Unitree G1 follows the daemon's live stream and sends its measured state back. With a display MuJoCo's "
        "viewer shows it and sentences are read from the terminal; else sentences are said one behind the other and a film is "
        "written.")
    parser.add_argument("sentences", nargs="*", help="what to say; without any, some that show it, or in the viewer yours")
    parser.add_argument("--person", type=pathlib.Path, action="append", default=[], metavar="FILE",
                        help="a motion file plays a living person, whom the robot follows: .npz of `kmmctl convert` or `generate`; "
                        "repeatable")
    parser.add_argument("--film", type=pathlib.Path, help="write what happened: .gif, or with ffmpeg .mp4")
    parser.add_argument("--headless", action="store_true", help="no viewer (so without DISPLAY)")
    parser.add_argument("--daemon", help="the program kmmd, to be started and stopped; without it one has to run")
    parser.add_argument("--seed", type=int, help="of the motions, so that they are the same every time")
    for name, port in _PORTS.items():
        parser.add_argument(f"--endpoint-{name}", default=f"tcp://127.0.0.1:{port}", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, world: World) -> int:
    """Runs the demo; the exit status is 1 when the robot fell."""
    headless = arguments.headless or (sys.platform == "linux" and not os.environ.get("DISPLAY"))
    film_path = arguments.film or (pathlib.Path("demo.gif") if headless else None)
    film = Film() if film_path else None
    endpoints = {name: getattr(arguments, f"endpoint_{name}") for name in ("command", "priority", "events", "stream")}
    with _daemon(arguments) as daemon, Client(**endpoints) as client, \
            StateSender(world.tracker.robot, arguments.endpoint_state) as states:
        if not _answers(client, daemon):
            sys.exit("the daemon ended" if daemon else "no daemon answers; --daemon .build/release/kmmd starts one")
        show = _Show(client, world, film, arguments)
        follower = Follower(world, client, states, on_fall=show.fell)
        try:
            if headless:
                follower.run(lambda: show.is_over, show.tick, show.event)
            else:
                _view(follower, show)
        finally:
            follower.close()
    if film is not None and film_path is not None:
        print(f"drawing {film_path} …", file=sys.stderr)
        film.write(film_path, world.tracker)
    if follower.missed:
        print(f"the stream had {follower.missed} gaps that the simulation did not make up for (a busy machine)", file=sys.stderr)
    print(f"the robot fell {follower.falls} times" if follower.falls else "the robot stayed on its feet", file=sys.stderr)
    return 1 if follower.falls else 0


class _Show:
    """Says the sentences and brings the people, each when the robot rests, and keeps what happens."""

    _REST = 0.6

    def __init__(self, client: Client, world: World, film: Film | None, arguments: argparse.Namespace) -> None:
        self._client, self._world, self._film, self._seed = client, world, film, arguments.seed
        self.sentences = list(arguments.sentences or ([] if arguments.person else SENTENCES))
        self._people: list[pathlib.Path] = list(arguments.person)
        self._person: Person | None = None
        self._endpoint_people: str = arguments.endpoint_people
        self.is_over = False
        self._caption, self._command = "", ""
        self._quiet = 0.0

    def tick(self, frame: Frame) -> None:
        if self._film is not None:
            self._film.take(self._world, self._caption)
        if self._person is not None:
            self._person.lead(frame, self._client)
            if self._person.has_ended:
                self._leave()
        rests = frame.state == "holding" and not self._command and self._person is None
        self._quiet = self._quiet + 0.02 if rests else 0
        if self._quiet > self._REST:
            self._quiet = 0
            if self.sentences:
                self.say(self.sentences.pop(0))
            elif self._people:
                self._bring(self._people.pop(0))
            else:
                self.is_over = True

    def _bring(self, path: pathlib.Path) -> None:
        """Has the robot follow a file's person."""
        try:
            self._person = Person(path, self._endpoint_people)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return
        self._person.start()
        self._caption = path.stem
        print(f"follow: {path.stem}", file=sys.stderr)

    def _leave(self) -> None:
        """The robot goes to its stand, and the person away."""
        if self._person is not None:
            if not self._person.was_followed:
                print(f"{self._caption}: the robot did not follow", file=sys.stderr)
            self._client.stop()
            self._person.leave()
            self._person = None

    def say(self, sentence: str, replace: bool = False) -> None:
        """Has the robot carry out a sentence."""
        try:
            self._command = self._client.say(sentence, seed=self._seed, replace=replace).command
            print(f"say: {sentence}", file=sys.stderr)
        except KmmdError as error:
            print(f"{sentence}: {error}", file=sys.stderr)
            return
        self._caption = sentence

    def event(self, event: Event) -> None:
        if event.command == self._command and event.is_end:
            self._command = ""
            if event.name != "done":
                print(f"{event.name} {event.data.get('reason', '')}", file=sys.stderr)

    def fell(self) -> None:
        print(f"the robot fell: {self._caption}", file=sys.stderr)
        if self._person is not None:
            self._leave()
        else:
            self._client.stop()


def _view(follower: Follower, show: _Show) -> None:
    """MuJoCo's viewer, with sentences from the terminal."""
    import mujoco
    import mujoco.viewer

    model = drawn(follower.world.tracker)
    data = mujoco.MjData(model)
    typed: list[str] = []
    show.sentences.clear()

    def read() -> None:
        print("type a sentence, such as: walk forward, then wave with the right hand", file=sys.stderr)
        for line in sys.stdin:
            typed.append(line.strip())

    threading.Thread(target=read, daemon=True).start()
    with mujoco.viewer.launch_passive(model, data, show_left_ui=False, show_right_ui=False) as viewer:
        viewer.cam.type, viewer.cam.trackbodyid = mujoco.mjtCamera.mjCAMERA_TRACKING, model.body("pelvis").id
        viewer.cam.distance, viewer.cam.azimuth, viewer.cam.elevation = 3, 145, -12

        def tick(frame: Frame) -> None:
            while typed:
                show.say(typed.pop(0), replace=True)
            show.tick(frame)
            data.qpos[:] = follower.world.data.qpos
            mujoco.mj_forward(model, data)
            viewer.sync()

        follower.run(lambda: not viewer.is_running(), tick, show.event)


def _answers(client: Client, daemon: subprocess.Popen[bytes] | None) -> bool:
    """Whether there is a daemon; waits while one that was started loads its models."""
    while True:
        try:
            client.hello()
            return True
        except NoAnswer:
            if daemon is None or daemon.poll() is not None:
                return False


@contextlib.contextmanager
def _daemon(arguments: argparse.Namespace) -> Iterator[subprocess.Popen[bytes] | None]:
    """The daemon that `--daemon` names, with the robot that the tracker knows."""
    if arguments.daemon is None:
        yield None
        return
    command = [arguments.daemon, "--robot", "unitree_g1", "--log-level", "warning"]
    for name in _PORTS:
        command += [f"--endpoint-{name}", getattr(arguments, f"endpoint_{name}")]
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
