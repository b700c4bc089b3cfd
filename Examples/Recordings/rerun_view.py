#!/usr/bin/env python3
"""Shows a recording of kmmd in Rerun: robot, joints and events.

    pip install rerun-sdk mcap mcap-protobuf-support
    python3 rerun_view.py recording.mcap            # opens the viewer; --save FILE.rrd writes a file instead
"""

from __future__ import annotations

import argparse
import json
import pathlib
import tempfile

import rerun as rr
import rerun.blueprint as rrb
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory
from rerun.urdf import UrdfTree


def blueprint(robot: str) -> rrb.Blueprint:
    """The robot beside its joints and what happened."""
    return rrb.Blueprint(rrb.Horizontal(
        rrb.Spatial3DView(origin="/", name=robot, contents=[f"/{robot}/**", "/tf/**"]),
        rrb.Vertical(
            rrb.TimeSeriesView(origin=f"/joints/{robot}", name="joints, rad"),
            rrb.TextLogView(origin="/events", name="events")),
        column_shares=[3, 2]))


def load(description: str, robot: str) -> UrdfTree:
    """Logs the robot's shapes; its frames are named as those of the recording."""
    with tempfile.NamedTemporaryFile("w", suffix=".urdf") as file:
        file.write(description)
        file.flush()
        tree = UrdfTree.from_file_path(file.name, entity_path_prefix=robot, frame_prefix=f"{robot}/")
        tree.log_urdf_to_recording()
    rr.send_blueprint(blueprint(robot))
    return tree


def show(path: pathlib.Path) -> None:
    """Logs all messages at the times at which they were recorded."""
    trees: dict[str, UrdfTree] = {}
    with path.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory(), JSON()])
        for _, channel, message, decoded in reader.iter_decoded_messages():
            rr.set_time("time", timestamp=message.log_time * 1e-9)
            robot = channel.topic.strip("/").split("/")[0]
            if channel.topic.endswith("/robot_description"):
                trees[robot] = load(decoded["data"], robot)
            elif channel.topic.endswith("/tf") and robot in trees:
                root = f"{robot}/{trees[robot].root_link().name}"
                for frame in decoded.transforms:
                    if frame.child_frame_id.removeprefix(f"{robot}/") == root.split("/", 1)[1]:
                        place, turn = frame.translation, frame.rotation
                        rr.log(f"/tf/{robot}", rr.Transform3D(
                            translation=[place.x, place.y, place.z], quaternion=[turn.x, turn.y, turn.z, turn.w],
                            parent_frame="world", child_frame=root))
            elif channel.topic.endswith("/joint_states"):
                for joint in decoded.joints:
                    rr.log(f"/joints/{robot}/{joint.name}", rr.Scalars(joint.position))
                    if robot in trees and (moved := trees[robot].get_joint_by_name(joint.name)):
                        rr.log(f"/tf/{robot}/{joint.name}", moved.compute_transform(joint.position, clamp=False))
            elif channel.topic == "event." or channel.topic.startswith("robot."):
                if decoded.get("event") != "limits":
                    rr.log("/events", rr.TextLog(f"{decoded.get('command') or decoded.get('robot')} {decoded.get('event')}"))


class JSON:
    """Decodes messages in JSON, and passes over those of the stream itself."""

    def decoder_for(self, encoding: str, schema: object):
        return json.loads if encoding == "json" else (lambda data: None) if encoding == "kmmd" else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Show a recording of kmmd in Rerun.")
    parser.add_argument("recording", type=pathlib.Path)
    parser.add_argument("--save", type=pathlib.Path, help="write this file of Rerun instead of opening the viewer")
    options = parser.parse_args()
    rr.init("kmmd", spawn=options.save is None)
    if options.save:
        rr.save(str(options.save))
    show(options.recording)


if __name__ == "__main__":
    main()
