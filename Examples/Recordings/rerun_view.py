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


def blueprint(robot: str) -> rrb.Blueprint:
    """The robot beside its joints and what happened."""
    return rrb.Blueprint(rrb.Horizontal(
        rrb.Spatial3DView(origin="/", name=robot, contents=[f"/{robot}/**"]),
        rrb.Vertical(
            rrb.TimeSeriesView(origin=f"/joints/{robot}", name="joints, rad"),
            rrb.TextLogView(origin="/events", name="events")),
        column_shares=[3, 2]))


def show(path: pathlib.Path) -> None:
    described: set[str] = set()
    with path.open("rb") as stream:
        for schema, channel, message, decoded in make_reader(stream, decoder_factories=[DecoderFactory(), JSON()]).iter_decoded_messages():
            rr.set_time("time", timestamp=message.log_time * 1e-9)
            robot = channel.topic.strip("/").split("/")[0]
            if channel.topic.endswith("/robot_description") and robot not in described:
                described.add(robot)
                with tempfile.NamedTemporaryFile("w", suffix=".urdf", delete=False) as file:
                    file.write(decoded["data"])
                rr.log_file_from_path(file.name, entity_path_prefix=robot, static=True)
                rr.send_blueprint(blueprint(robot))
            elif channel.topic.endswith("/tf"):
                for frame in decoded.transforms:
                    place, turn = frame.translation, frame.rotation
                    rr.log(f"/{robot}/bodies/{frame.child_frame_id.split('/')[-1]}", rr.Transform3D(
                        translation=[place.x, place.y, place.z], quaternion=[turn.x, turn.y, turn.z, turn.w],
                        parent_frame="world", child_frame=frame.child_frame_id))
            elif channel.topic.endswith("/joint_states"):
                for joint in decoded.joints:
                    rr.log(f"/joints/{robot}/{joint.name}", rr.Scalars(joint.position))
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
