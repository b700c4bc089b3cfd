"""Recordings of a real daemon, read by the official MCAP package, and published again."""

from __future__ import annotations

import itertools
import json
import pathlib
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory

import kmmd
from conftest import ROOT, Daemon, binary, overheard, start
from kinematics import body_positions
from kmmd import container


@dataclass
class Recorded:
    daemon: Daemon
    folder: pathlib.Path
    command: str
    frames: dict[int, kmmd.Frame]
    reply: dict


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorded]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kmmd-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KMMD_RECORDINGS", str(folder))
        daemon = start()
    frames = {}
    with daemon.client(timeout=60) as client:
        with client.subscribe(timeout=60) as stream:
            stream.wait_until_connected(60)
            assert client.request("record", {"action": "start", "name": "wave"})["state"] == "recording"
            with pytest.raises(kmmd.KmmdError) as refused:
                client.request("record", {"action": "start", "name": "other"})
            assert refused.value.code == "invalid_combination"
            ack = client.say("wave with the right hand", duration_s=2, seed=1)
            for message in stream:
                if isinstance(message, kmmd.Frame):
                    frames[message.frame] = message
                elif message.command == ack.command and message.name == "done":
                    break
        reply = client.request("record", {"action": "stop"})
    yield Recorded(daemon, folder, ack.command, frames, dict(reply))
    daemon.stop()


def messages(path: pathlib.Path) -> Iterator[tuple]:
    with path.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        for schema, channel, message in reader.iter_messages():
            yield schema, channel, message


def test_the_official_reader_finds_everything(recorded: Recorded) -> None:
    path = recorded.folder / "wave.mcap"
    assert path.stat().st_size == recorded.reply["bytes"]
    assert recorded.reply["lost"] == 0
    with path.open("rb") as stream:
        reader = make_reader(stream)
        summary = reader.get_summary()
        assert reader.get_header().library.startswith("kmmd")
    assert summary is not None and summary.statistics is not None
    topics = Counter(channel.topic for _, channel, _ in messages(path))
    by_id = {summary.channels[id].topic: count for id, count in summary.statistics.channel_message_counts.items()}
    assert {topic: count for topic, count in by_id.items() if count} == topics
    assert summary.statistics.message_count == sum(topics.values())
    assert topics["reference.unitree_g1."] == topics["/unitree_g1/joint_states"] == topics["/unitree_g1/tf"]
    assert topics["profile.unitree_g1."] == 1 and topics["request"] >= 1
    schemas = {schema.name for schema in summary.schemas.values()}
    assert {"foxglove.JointStates", "foxglove.FrameTransforms", "kmmd.CommandEvent", "std_msgs/String"} <= schemas


def test_published_messages_are_there_byte_by_byte(recorded: Recorded) -> None:
    compared, numbers = 0, []
    for _, channel, message in messages(recorded.folder / "wave.mcap"):
        if channel.topic != "reference.unitree_g1.":
            continue
        frame = kmmd.Frame.of(container.decode(message.data))
        numbers.append(frame.frame)
        assert message.log_time == message.publish_time == frame.header["t_wall_ns"]
        if frame.frame in recorded.frames:
            own = recorded.frames[frame.frame]
            assert own.header == frame.header and np.array_equal(own.joint_pos, frame.joint_pos)
            compared += 1
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert compared > 50


def test_viewers_see_the_joints_and_the_bodies(recorded: Recorded) -> None:
    with recorded.daemon.client() as client:
        names = client.robot()["joint_names"]
    references, joints, transforms = {}, {}, {}
    path = recorded.folder / "wave.mcap"
    with path.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        for _, channel, message in reader.iter_messages(topics=["reference.unitree_g1."]):
            references[message.log_time] = kmmd.Frame.of(container.decode(message.data))
        for item in reader.iter_decoded_messages(topics=["/unitree_g1/joint_states", "/unitree_g1/tf"]):
            kind = joints if item.channel.topic.endswith("states") else transforms
            kind[item.message.log_time] = item.decoded_message
    assert references.keys() == joints.keys() == transforms.keys()
    for time_ns in list(references)[::25]:
        frame = references[time_ns]
        states = joints[time_ns]
        assert states.timestamp.seconds * 10**9 + states.timestamp.nanos == time_ns
        assert [joint.name for joint in states.joints] == names
        assert np.allclose([joint.position for joint in states.joints], frame.joint_pos, atol=1e-7)
        assert np.allclose([joint.velocity for joint in states.joints], frame.joint_vel, atol=1e-7)
        where = body_positions("unitree_g1", names, frame.joint_pos, frame.root_pos, frame.root_quat)
        assert len(transforms[time_ns].transforms) == len(where)
        for transform in transforms[time_ns].transforms:
            assert transform.parent_frame_id == "world"
            at = transform.translation
            assert np.allclose([at.x, at.y, at.z], where[transform.child_frame_id.split("/")[1]], atol=1e-5)
            turn = transform.rotation
            assert abs(np.linalg.norm([turn.x, turn.y, turn.z, turn.w]) - 1) < 1e-5


def test_what_was_asked_and_what_became_of_it_is_there(recorded: Recorded) -> None:
    requests, events = [], []
    for _, channel, message in messages(recorded.folder / "wave.mcap"):
        if channel.topic == "request":
            requests.append(json.loads(message.data))
        elif channel.topic == "event.":
            events.append(json.loads(message.data))
    assert [request["body"]["text"] for request in requests if request["type"] == "say"] == ["wave with the right hand"]
    states = [event["event"] for event in events if event["command"] == recorded.command]
    for name in ("queued", "generating", "ready", "playing", "done"):
        assert name in states


def test_what_was_generated_and_retargeted_is_there(recorded: Recorded) -> None:
    generated, retargeted, published = {}, {}, []
    for _, channel, message in messages(recorded.folder / "wave.mcap"):
        if channel.topic in ("generated.unitree_g1.", "retargeted.unitree_g1."):
            assert channel.message_encoding == "kmmd"
            content = container.decode(message.data)
            assert content.header["command"] == recorded.command and content.header["rate_hz"] == 30
            kept = generated if channel.topic.startswith("generated") else retargeted
            for place, number in enumerate(content.fields["frame"]):
                kept[(content.header["stretch"], int(number))] = {
                    name: values[place] for name, values in content.fields.items()}
        elif channel.topic == "reference.unitree_g1.":
            frame = kmmd.Frame.of(container.decode(message.data))
            if frame.state == "playing":
                published.append(frame.joint_pos)
    # Two seconds at 30 Hz, whole tokens of them, from the first on.
    assert generated.keys() == retargeted.keys()
    numbers = sorted(number for _, number in generated)
    assert numbers == list(range(len(numbers))) and 55 <= len(numbers) <= 70
    for human in generated.values():
        assert human["rotations"].shape == (22, 4) and human["contacts"].shape == (4,)
        assert np.allclose(np.linalg.norm(human["rotations"], axis=1), 1, atol=1e-5)
        assert 0.5 < human["pelvis"][1] < 1.2
    # What was published is what was retargeted, but for the limiter and the start from where the robot stood.
    knots = np.stack([robot["joint_pos"] for robot in retargeted.values()])
    assert knots.shape[1] == 29
    nearest = [np.abs(knots - joints).max(axis=1).min() for joints in published[25:]]
    assert np.median(nearest) < 0.05


def kmmctl(*arguments: str, status: int = 0) -> str:
    result = subprocess.run([str(binary("kmmctl")), *arguments], capture_output=True, text=True, timeout=120)
    assert result.returncode == status, result.stderr + result.stdout
    return result.stdout + result.stderr


def test_a_rehearsal_says_that_nothing_would_change(recorded: Recorded) -> None:
    reply = json.loads(kmmctl("replay", str(recorded.folder / "wave.mcap"), "--dry-run", "--json"))
    assert reply["complete"] and reply["gaps"] == 0
    assert reply["recorded_frames"] >= len(recorded.frames)
    # What was limited once is limited no further, but for the numbers' rounding.
    assert reply["greatest_difference"] < 0.01
    with recorded.daemon.client(timeout=60) as client:
        before = client.status()["robots"][0]["settled"]
        same = client.request("replay", {"name": "wave", "dry_run": True})
        assert same["dry_run"] and same["recorded_frames"] == reply["recorded_frames"]
        assert client.status()["robots"][0]["settled"] == before


def replay_from_rest(client: kmmd.Client, body: dict) -> None:
    """Replays once the robot rests: some seconds after its last motion it goes over to its stand."""
    end = time.monotonic() + 60
    while True:
        try:
            client.request("replay", body)
            return
        except kmmd.KmmdError as error:
            assert error.code == "invalid_combination" and time.monotonic() < end, error
            time.sleep(0.1)


def test_a_replay_goes_through_the_same_stream(recorded: Recorded) -> None:
    moving = [frame for frame in recorded.frames.values() if frame.command == recorded.command]
    wanted = np.stack([frame.joint_pos for frame in moving])
    with recorded.daemon.client(timeout=60) as client, client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(60)
        replay_from_rest(client, {"name": "wave"})
        seen = []
        for message in stream:
            if isinstance(message, kmmd.Frame):
                seen.append(message.joint_pos)
            elif message.name == "replay":
                assert message.data["state"] == "done" and message.data["recording"] == "wave"
                break
    seen = np.stack(seen)
    # The replay first comes over from where the robot stands; then every frame of the recording comes again, in order.
    place = 0
    for pose in wanted[len(wanted) // 2 :]:
        near = np.abs(seen[place:] - pose).max(axis=1) < 0.02
        assert near.any()
        place += int(near.argmax())


def test_a_stop_ends_a_replay(recorded: Recorded) -> None:
    with recorded.daemon.client(timeout=60) as client, client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(60)
        replay_from_rest(client, {"name": "wave"})
        client.stop()
        for message in stream:
            if isinstance(message, kmmd.Event) and message.name == "replay":
                assert message.data["state"] in ("cancelled", "preempted")
                break


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("record", {"action": "stop"}, "invalid_combination"),
        ("record", {}, "missing_field"),
        ("record", {"action": "pause"}, "out_of_range"),
        ("record", {"action": "start", "name": "../up"}, "out_of_range"),
        ("record", {"action": "start", "name": ".hidden"}, "out_of_range"),
        ("record", {"action": "start", "name": "wave"}, "internal"),
        ("replay", {}, "missing_field"),
        ("replay", {"name": "nothing"}, "out_of_range"),
        ("replay", {"name": "../../etc/passwd"}, "out_of_range"),
        ("replay", {"name": "wave", "dry_run": "yes"}, "invalid_type"),
    ],
)
def test_bad_requests(recorded: Recorded, verb: str, body: dict, code: str) -> None:
    with recorded.daemon.client(timeout=60) as client:
        with pytest.raises(kmmd.KmmdError) as refused:
            client.request(verb, body)
        assert refused.value.code == code, refused.value


def test_damaged_files_are_refused(recorded: Recorded, tmp_path: pathlib.Path) -> None:
    whole = (recorded.folder / "wave.mcap").read_bytes()
    (tmp_path / "noise.mcap").write_bytes(b"noise" * 100)
    assert "no MCAP" in kmmctl("replay", str(tmp_path / "noise.mcap"), "--dry-run", status=2)
    # What broke off is read as far as it goes.
    (tmp_path / "part.mcap").write_bytes(whole[: len(whole) * 9 // 10])
    reply = json.loads(kmmctl("replay", str(tmp_path / "part.mcap"), "--dry-run", "--json"))
    assert 0 < reply["recorded_frames"] < len(recorded.frames) + 500


def test_a_recording_is_exported(recorded: Recorded, tmp_path: pathlib.Path) -> None:
    kmmctl("export", str(recorded.folder / "wave.mcap"), "--format", "lafan1", "-o", str(tmp_path / "wave.csv"))
    table = np.loadtxt(tmp_path / "wave.csv", delimiter=",")
    assert table.shape[1] == 36
    first = recorded.frames[min(recorded.frames)]
    assert np.abs(table[:, 7:] - first.joint_pos).max(axis=1).min() < 1e-3


def test_the_client_reads_a_recording(recorded: Recorded) -> None:
    loaded = kmmd.load(recorded.folder / "wave.mcap")
    assert isinstance(loaded, kmmd.Recording) and loaded.robots == ["unitree_g1"]
    motion = loaded.motion()
    assert len(motion.joint_names) == motion.joint_pos.shape[1] == 29 and motion.rate_hz == 50
    sent = {frame.frame: frame.joint_pos for frame in loaded.frames["unitree_g1"]}
    common = sorted(sent.keys() & recorded.frames.keys())
    assert len(common) > 50
    for index in common:
        np.testing.assert_array_equal(sent[index], recorded.frames[index].joint_pos)
    assert {"say"} <= {request["type"] for request in loaded.requests} and "<robot" in loaded.urdf["unitree_g1"]
    assert any(event["event"] == "done" for event in loaded.events) and "svg" in motion._repr_html_()


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of 1 MiB: some seconds of a recording."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_the_recording_and_nothing_else(
    small_disk: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KMMD_RECORDINGS", str(small_disk))
    daemon = start()
    try:
        with (
            overheard(daemon.endpoints["stream"], "reference.unitree_g1.") as messages, daemon.client() as client,
            client.subscribe(frames=False, timeout=60) as events,
        ):
            events.wait_until_connected(60)
            ack = client.say("a person walks forward", duration_s=10, seed=1)
            assert event(events, "playing", command=ack.command)
            assert client.start_recording("long") == "long"
            ended = event(events, "recording", recording="long")
            assert ended.topic == "robot.unitree_g1." and ended.data["robot"] == "unitree_g1"
            assert "No space left" in ended.data["problem"]
            # The walk goes on, and so does the daemon.
            assert client.status(command=ack.command)["state"] == "playing"
            with pytest.raises(kmmd.KmmdError, match="No space left") as refused:
                client.stop_recording()
            assert refused.value.code == "invalid_combination"
            assert event(events, "done", command=ack.command)
            assert client.say("wave with the right hand", duration_s=1, wait=True)
            # What was written can be read as far as it goes; with room again another recording is whole.
            assert client.replay("long", dry_run=True)["recorded_frames"] > 10
            (small_disk / "long.mcap").unlink()
            assert client.start_recording("short") == "short"
            stopped = client.stop_recording()
            assert stopped["state"] == "stopped" and (small_disk / "short.mcap").stat().st_size == stopped["bytes"]
    finally:
        daemon.stop()
    references = [kmmd.Frame.of(container.decode(message)) for message in messages]
    walk = [frame for frame in references if frame.command == ack.command]
    assert len(walk) > 200
    for former, frame in itertools.pairwise(references):
        assert (frame.seq, frame.frame) == (former.seq + 1, former.frame + 1)


def event(events: kmmd.Subscription, name: str, **members: str) -> kmmd.Event:
    """The next event of that name with these members."""
    return next(
        each for each in events
        if isinstance(each, kmmd.Event) and each.name == name and members.items() <= each.data.items())


def test_viewers_find_the_robot_and_the_shape_of_events(recorded: Recorded) -> None:
    schemas, first = {}, {}
    for schema, channel, message in messages(recorded.folder / "wave.mcap"):
        schemas[channel.topic] = schema
        first.setdefault(channel.topic, message.data)
    assert (schemas["event."].name, schemas["event."].encoding) == ("kmmd.CommandEvent", "jsonschema")
    for topic in ("event.", "request", "profile.unitree_g1.", "/unitree_g1/robot_description"):
        # Viewers take a member that is null for one that is not there.
        told = {name: value for name, value in json.loads(first[topic]).items() if value is not None}
        jsonschema.validate(told, json.loads(schemas[topic].data))
    description = ElementTree.fromstring(json.loads(first["/unitree_g1/robot_description"])["data"])
    links = {link.get("name") for link in description.iter("link")}
    tf = next(message for _, channel, message in messages(recorded.folder / "wave.mcap") if channel.topic == "/unitree_g1/tf")
    # The layout puts the robot's name before the links' names.
    layout = json.loads((ROOT / "Examples/Recordings/foxglove-layout.json").read_text())
    robot = layout["configById"]["3D!kmmd"]["layers"]["robot"]
    assert robot["topic"] == "/unitree_g1/robot_description" and robot["framePrefix"] == "unitree_g1/"
    assert b"unitree_g1/pelvis" in tf.data and "pelvis" in links
