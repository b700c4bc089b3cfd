"""Says texts to a daemon and keeps what it publishes, frame by frame: several robots at once, going on where it was interrupted."""

from __future__ import annotations

import json
import pathlib
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import zmq

import support
from everyday import Trial
from kmmd import Event, Frame, container
from kmmd.requests import FINAL

# Frames of stand before the motion, and of rest after it.
BEFORE, AFTER = 15, 25
TIMEOUT_S, SILENCE_S = 120, 60
# A gap of so many frames, which a busy machine may leave, is bridged; after a longer one the trial is made again, so many times.
BRIDGED, TRIES = 5, 4
FIELDS = ("root_pos", "root_quat", "root_lin_vel", "root_ang_vel", "joint_pos")


def named_profiles(folder: pathlib.Path, count: int) -> list[str]:
    """The G1 under several names, all at 50 Hz."""
    original = json.loads((pathlib.Path(support.profiles_folder()) / "unitree_g1.json").read_text())
    names = [f"g1_{index:02}" for index in range(count)]
    for name in names:
        profile = {**original, "name": name, "stream": {**original["stream"], "rate": 50}}
        (folder / f"{name}.json").write_text(json.dumps(profile))
    return names


@dataclass
class Stage:
    """One robot, and the trial that it does."""

    robot: str
    trial: Trial | None = None
    command: str | None = None
    since: float = 0
    stopped_at: int = 0
    """The frame from which on the robot goes to its stand: on a busy machine those before it come later than the reply."""
    done_at: int | None = None
    """The frame with which the command was over."""
    underruns: int = 0
    frames: list[Frame] = field(default_factory=list)
    quiet: int = 0
    tries: int = 0

    def begin(self, trial: Trial | None, stopped_at: int) -> None:
        if trial is not self.trial:
            self.tries = 0
        self.trial, self.command, self.done_at, self.underruns, self.quiet = trial, None, None, 0, 0
        self.frames, self.since, self.stopped_at = [], time.monotonic(), stopped_at


class Listener(threading.Thread):
    """Puts all frames and events into a queue, in the order of their coming; loses none for want of time."""

    def __init__(self, daemon: support.Daemon) -> None:
        super().__init__(daemon=True)
        self.messages: queue.SimpleQueue[Frame | Event] = queue.SimpleQueue()
        self._endpoints = daemon.endpoints
        self._over = threading.Event()

    def run(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as frames, context.socket(zmq.SUB) as events:
            poller = zmq.Poller()
            for socket, endpoint, topic in ((frames, "stream", b"reference."), (events, "events", b"event.")):
                socket.setsockopt(zmq.LINGER, 0)
                socket.setsockopt(zmq.RCVHWM, 0)
                socket.setsockopt(zmq.SUBSCRIBE, topic)
                socket.connect(self._endpoints[endpoint])
                poller.register(socket, zmq.POLLIN)
            while not self._over.is_set():
                ready = dict(poller.poll(100))
                if frames in ready:
                    self.messages.put(Frame.of(container.decode(frames.recv())))
                if events in ready:
                    topic, body = events.recv_multipart()
                    self.messages.put(Event(topic.decode(), json.loads(body)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def collect(trials: list[Trial], folder: pathlib.Path, robots: int, on_saved: Callable[[Trial], None] = lambda _: None) -> None:
    """Writes FOLDER/ID.npz of every trial that has none: the stream from the stand until it rests again."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [trial for trial in trials if not (folder / f"{trial.id}.npz").exists()]
    if not missing:
        return
    profiles = folder.parent / "profiles"
    profiles.mkdir(exist_ok=True)
    names = named_profiles(profiles, min(robots, len(missing)))
    flags = [flag for name in names for flag in ("--robot", name)]
    with support.running_daemon(*flags, profiles=str(profiles)) as daemon, daemon.client() as client:
        joint_names = client.robot(names[0])["joint_names"]
        listener = Listener(daemon)
        listener.start()
        waiting = missing[::-1]
        stages = {name: Stage(name) for name in names}
        for stage in stages.values():
            stage.begin(waiting.pop() if waiting else None, client.stop(stage.robot))
        of_command: dict[str, Stage] = {}
        left = len(missing)
        while any(stage.trial for stage in stages.values()):
            try:
                message = listener.messages.get(timeout=SILENCE_S)
            except queue.Empty:
                sys.exit(f"the daemon was silent for {SILENCE_S} s; run again to go on")
            if isinstance(message, Event):
                stage = of_command.get(message.command or "")
                if stage is not None and stage.command == message.command:
                    stage.underruns += message.name == "underrun"
                    if message.data.get("state") in FINAL:
                        stage.done_at = message.data.get("frame") or (stage.frames[-1].frame if stage.frames else 0)
                        if message.name != "done":
                            print(f"{stage.trial.text}: {message.name} {message.data.get('reason', '')}", file=sys.stderr)
                continue
            stage = stages[message.robot]
            if stage.trial is None:
                continue
            if stage.frames and message.frame > stage.frames[-1].frame + BRIDGED + 1:
                stage.tries += 1
                again = stage.tries < TRIES
                print(f"{stage.trial.id}: frames were lost, {'once more' if again else 'given up'}", file=sys.stderr)
                stage.begin(stage.trial if again else waiting.pop() if waiting else None, client.stop(stage.robot))
                continue
            if message.frame <= stage.stopped_at:
                continue
            stage.frames.append(message)
            rests = message.state == "holding" and np.abs(message.joint_vel).max() < 1e-3
            stage.quiet = stage.quiet + 1 if rests else 0
            if stage.command is None:
                stage.frames = stage.frames[-BEFORE:]
                if stage.quiet >= BEFORE:
                    reply = client.say(stage.trial.text, robot=stage.robot, seed=stage.trial.seed)
                    stage.command, stage.quiet = reply.command, 0
                    of_command[reply.command] = stage
            elif (stage.done_at is not None and message.frame >= stage.done_at + AFTER and stage.quiet >= AFTER) or (
                    time.monotonic() - stage.since > TIMEOUT_S):
                save(folder / f"{stage.trial.id}.npz", stage, joint_names)
                on_saved(stage.trial)
                left -= 1
                print(f"{left} left; {stage.trial.id}: {len(stage.frames) / 50:.1f} s", file=sys.stderr)
                stage.begin(waiting.pop() if waiting else None, client.stop(stage.robot))
        listener.stop()


def save(path: pathlib.Path, stage: Stage, joint_names: list[str]) -> None:
    """The stream as .npz of `kmmctl retarget`'s layout, with velocities and the action that each frame belongs to (-1: none)."""
    # The stand while the first frames were generated is left out.
    first = next((i for i, frame in enumerate(stage.frames) if frame.state != "holding"), 0)
    frames = stage.frames[max(0, first - BEFORE):]
    came = np.array([frame.frame for frame in frames])
    every = np.arange(came[0], came[-1] + 1)
    arrays = {name: np.array([getattr(frame, name) for frame in frames], np.float32) for name in FIELDS}
    arrays = {
        name: np.stack([np.interp(every, came, column) for column in values.T], 1).astype(np.float32)
        for name, values in arrays.items()
    }
    arrays["root_quat"] /= np.linalg.norm(arrays["root_quat"], axis=1, keepdims=True)
    actions = np.array([-1 if frame.header["segment"] is None else frame.header["segment"] for frame in frames])
    segments = actions[np.searchsorted(came, every, "right") - 1]
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as stream:
        np.savez_compressed(
            stream, fps=50, joint_names=joint_names, segment=segments, lost=len(every) - len(came),
            underruns=stage.underruns, **arrays)
    unfinished.rename(path)
