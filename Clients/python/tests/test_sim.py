"""The simulated robot: that it is the one of the tracker's authors, and that it tells falls."""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys

import numpy as np
import pytest

import kmmd
from conftest import start

sim = pytest.importorskip("kmmd.sim", reason="needs pip install 'kmmd[sim]'", exc_type=ImportError)

from kmmd.sim import batch, measures  # noqa: E402
from kmmd.sim.reference import RATE, ReferenceError  # noqa: E402

ROLLOUTS = pathlib.Path(__file__).parent / "rollouts"
GOLDEN = json.loads((ROLLOUTS / "golden.json").read_text())


@pytest.mark.parametrize("golden", GOLDEN["runs"], ids=lambda run: f"{run['motion']} at {run['policy_rate']} Hz")
def test_agrees_with_the_loop_of_the_trackers_authors(golden: dict) -> None:
    import mujoco

    tracker = sim.TWIST2(rate=golden["policy_rate"])
    outcome = sim.roll_out(sim.Reference.load(ROLLOUTS / golden["motion"]), sim.World(tracker))
    assert (outcome.survived, outcome.fell_in) == (golden["survived"], golden["fell_in"])
    tolerance = GOLDEN["tolerance"]
    # golden.json has a second at rest before the motion, and rounds at 1e-5.
    same_version = mujoco.__version__ == GOLDEN["mujoco"]
    joints, root = np.array(golden["joints"])[RATE:], np.array(golden["root"])[RATE:]
    closest = 2e-5 if same_version else tolerance["joints_first_2_s"]
    np.testing.assert_allclose(outcome.joints[: len(joints)], joints, atol=closest)
    np.testing.assert_allclose(outcome.root[: len(root)], root, atol=closest)
    figures = outcome.figures
    for figure in ("legs_rms", "arms_rms"):
        assert figures[figure] == pytest.approx(golden[figure], rel=tolerance["rms_relative"])
    assert figures["seconds"] == pytest.approx(golden["seconds"])
    assert figures["drift"] == pytest.approx(golden["drift"], abs=tolerance["drift_m"])
    assert figures["travel_asked"] == pytest.approx(golden["travel_asked"], abs=0.006)
    assert figures["yaw_asked"] == pytest.approx(golden["yaw_asked"], abs=0.06)
    assert figures["yaw_error"] == pytest.approx(golden["yaw_error"], abs=1)
    if golden["fell_at"] is not None:
        assert outcome.fell_at == pytest.approx(golden["fell_at"], abs=tolerance["fell_at_s"])


def test_a_sound_motion_stands_disturbed_and_the_same_seed_is_the_same_world() -> None:
    walk = sim.Reference.load(ROLLOUTS / "walk_forward.npz")
    tracker = sim.TWIST2()
    rough = sim.Disturbances(push=0.2, friction=1, mass=1.05, delay=0.01, terrain=0.005, seed=3)
    first, second = (sim.roll_out(walk, sim.World(tracker, rough)) for _ in range(2))
    assert first.survived
    np.testing.assert_array_equal(first.joints, second.joints)
    other = sim.roll_out(walk, sim.World(tracker, dataclasses.replace(rough, seed=4)))
    assert np.abs(other.root[-1] - first.root[-1]).max() > 1e-3


def test_a_reference_that_leans_over_falls() -> None:
    stand = sim.Reference.load(ROLLOUTS / "walk_forward.npz")
    lean = np.minimum(np.arange(100) / 50, 1) * np.radians(70) / 2
    rotation = np.stack([np.cos(lean), 0 * lean, np.sin(lean), 0 * lean], 1)
    still = np.zeros((100, 3))
    fall = sim.Reference(
        stand.joint_names, np.tile(stand.root_pos[0], (100, 1)), rotation, still, still,
        np.tile(stand.joint_pos[0], (100, 1)),
    )
    outcome = sim.roll_out(fall, sim.World(sim.TWIST2()))
    assert outcome.fell_in in ("motion", "hold") and not outcome.strayed


def test_a_delay_is_the_time_until_targets_change() -> None:
    class Constant(sim.TWIST2):
        def targets(self, state: sim.State, reference: sim.Instant) -> np.ndarray:
            return self.neutral + 1

    tracker = Constant()
    changed_after = []
    for delay in (0, 0.013, 0.04):
        world = sim.World(tracker, sim.Disturbances(delay=delay))
        world.place(tracker.start)
        before = world.data.ctrl.copy()
        ticks = 0
        while (world.data.ctrl == before).all() and ticks < 5:
            world.advance(tracker.stand)
            ticks += 1
        changed_after.append(ticks)
    assert changed_after == [1, 1, 3]


def test_velocities_of_a_file_without_them_are_those_of_its_motion() -> None:
    times = np.arange(31) / 30
    half = 0.9 * times / 2
    turning = {
        "root_pos": np.stack([times**2, 0 * times, 0 * times + 0.8], 1),
        "root_quat": np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], 1) * np.where(times < 0.5, 1, -1)[:, None],
        "joint_pos": np.zeros((31, 1)),
    }
    motion = sim.Reference.of_arrays(30, ["joint"], turning)
    assert len(motion) == 51
    np.testing.assert_allclose(motion.root_ang_vel, np.tile([0, 0, 0.9], (51, 1)), atol=1e-3)
    np.testing.assert_allclose(motion.root_lin_vel[5:-5, 0], 2 * np.arange(51)[5:-5] / 50, atol=1e-2)


def test_what_is_no_motion_of_the_robot_is_refused() -> None:
    walk = sim.Reference.load(ROLLOUTS / "walk_forward.npz")
    with pytest.raises(ReferenceError, match="no joint antenna"):
        walk.ordered(["antenna"])


def test_results_go_on_where_they_were_interrupted(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "results.jsonl"
    called = []

    def work(id: str) -> dict:
        called.append(id)
        return {"id": id}

    results = batch.Results(path, {"worlds": 1})
    list(results.fill(work, [("a",), ("b",)]))
    # The second line was cut off.
    path.write_text(path.read_text()[:-4])
    results = batch.Results(path, {"worlds": 1})
    list(results.fill(work, [("a",), ("b",), ("c",)]))
    assert called == ["a", "b", "b", "c"]
    assert [json.loads(line).get("id") for line in path.read_text().splitlines()] == [None, "a", "b", "c"]
    with pytest.raises(batch.SettingsChanged):
        batch.Results(path, {"worlds": 2})


def test_measures_tell_a_squat_from_a_walk() -> None:
    tracker = sim.TWIST2()
    walk, squat = (
        measures.summary(measures.measured(sim.Reference.load(ROLLOUTS / f"{name}.npz"), tracker))
        for name in ("walk_forward", "squat")
    )
    assert squat["height"] < 0.4 < 0.7 < walk["height"]
    assert squat["acceleration"] > 2 * walk["acceleration"]
    assert walk["flight"] == 0 and walk["rest_margin"] > 0.02


def test_the_margin_is_the_distance_from_the_border_of_the_support() -> None:
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])
    assert measures._margin(square, np.array([0.5, 0.4])) == pytest.approx(0.4)
    assert measures._margin(square, np.array([1.3, 1.4])) == pytest.approx(-0.5)
    assert measures._margin(square[:2], np.array([0.5, 0.2])) == pytest.approx(-0.2)
    assert measures._margin(square[:1], np.array([0.0, 0.2])) == pytest.approx(-0.2)
    assert np.isnan(measures._margin(square[:0], np.array([0.0, 0])))


def test_a_robot_at_the_end_of_the_stream_stays_on_its_feet_and_the_daemon_hears_where_it_is() -> None:
    from kmmd.sim import live

    daemon = start("--robot", "unitree_g1")
    heard = []
    ended = []
    try:
        with daemon.client() as client, kmmd.StateSender("unitree_g1", daemon.endpoints["state"]) as states:
            world = sim.World(sim.TWIST2())
            follower = live.Follower(world, client, states)
            ticks = 0

            def tick(frame: kmmd.Frame) -> None:
                nonlocal ticks
                ticks += 1
                if ticks == 50:
                    reply = client.request("say", {"text": "wave with the right hand", "duration_s": 2, "seed": 1})
                    heard.append(reply)

            def event(message: kmmd.Event) -> None:
                if message.name == "queued":
                    heard.append(message.data["starts"])
                if message.name == "done":
                    ended.append(ticks)

            follower.run(lambda: bool(ended) or ticks > 6000, tick, event)
            follower.close()
    finally:
        daemon.stop()
    assert ended and follower.falls == 0
    # The motion began where the simulated robot was.
    assert [{"robot": "unitree_g1", "from": "measured"}] in heard
    assert world.data.qpos[2] > 0.7


def test_a_robot_that_follows_a_person_lifts_the_hand_that_the_person_lifts_and_stays_on_its_feet(tmp_path: pathlib.Path) -> None:
    from kmmd.sim import demo

    # Arms hanging, then the left one out to the side and back.
    times = np.arange(120) / 30
    poses = np.zeros((120, 22, 3), np.float32)
    poses[:, 0, 0] = np.pi / 2
    raised = np.sin(np.pi * times / times[-1]) ** 2
    poses[:, 16, 2] = -1.2 * (1 - raised)
    poses[:, 17, 2] = 1.2
    file = tmp_path / "raise.npz"
    trans = np.zeros((120, 3), np.float32)
    trans[:, 2] = 1.15
    np.savez(file, poses=poses.reshape(120, 66), trans=trans, mocap_framerate=30.0, gender="neutral", betas=np.zeros(10))

    daemon = start("--robot", "unitree_g1")
    try:
        parser = argparse.ArgumentParser()
        demo.add_arguments(parser)
        flags = daemon.endpoint_flags("command", "priority", "events", "stream", "state", "people")
        arguments = parser.parse_args([*flags, "--headless", "--film", str(tmp_path / "film.gif"), "--person", str(file)])
        world = sim.World(sim.TWIST2())
        highest = -1.0
        advance = world.advance

        def watched(reference: sim.Instant) -> None:
            nonlocal highest
            advance(reference)
            hand, shoulder = (world.data.body(f"left_{name}_link").xpos[2] for name in ("wrist_yaw", "shoulder_pitch"))
            highest = max(highest, hand - shoulder)

        world.advance = watched  # type: ignore[method-assign]
        assert demo.run(arguments, world) == 0
    finally:
        daemon.stop()
    assert highest > -0.1 and world.data.qpos[2] > 0.7
    assert (tmp_path / "film.gif").stat().st_size > 1000


def test_labels_say_when_a_fall_is_near(tmp_path: pathlib.Path) -> None:
    from kmmd.sim import labels

    results = batch.Results(tmp_path / "results.jsonl", {})
    task = ("squat", str(ROLLOUTS / "squat.npz"), "twist2", [sim.Disturbances()], 0.0, None, str(tmp_path))
    (line,) = results.fill(batch.roll_out_file, [task])
    assert line["survived"] == 0
    (example,) = labels.examples(results.path, tmp_path)
    assert example.fell_at == (1.52,) and example.survived == 0
    assert {len(values) for values in example.features.values()} == {354}
    hazard = example.hazard
    assert hazard[:20].max() == 0 and hazard[30:70].min() == 1 and np.isnan(hazard[100:]).all()

    def leaning(degrees: float, fell_at: float | None) -> labels.Example:
        # After a fall the reference may lean as it likes.
        features = {name: np.full(100, 0.5, np.float32) for name in measures.UNITS}
        features["tilt"] = np.concatenate([np.full(50, degrees), np.full(50, 90 if fell_at else degrees)]).astype(np.float32)
        return labels.Example("", features, float(fell_at is None), (fell_at,))

    best, *rest = labels.telling([leaning(50, 0.9), leaning(5, 0.9), *(leaning(10 + i, None) for i in range(10))])
    assert best.name == "tilt" and best.area == 0.5 and best.caught == 0.5


def test_of_several_drafts_the_mildest_is_taken() -> None:
    from kmmd.sim import labels

    def draft(name: str, tilt: float, height: float, survived: float) -> labels.Example:
        features = {each: np.full(50, 0.5, np.float32) for each in measures.UNITS}
        features |= {"tilt": np.full(50, tilt, np.float32), "height": np.full(50, height, np.float32)}
        features["support_margin"] = np.full(50, 0.05, np.float32)
        return labels.Example(name, features, survived, (None,))

    motions = [
        draft("a-seed-0", 40, 0.3, 0), draft("a-seed-1", 10, 0.7, 1), draft("a-seed-2", 20, 0.5, 0.5), draft("b", 90, 0.1, 0)]
    groups = labels.drafts(motions)
    assert [[each.id for each in group] for group in groups] == [["a-seed-0", "a-seed-1", "a-seed-2"]]
    for measure in ("tilt", "height"):
        assert [labels.chosen(groups, measure, count) for count in (1, 3)] == [0.5, 1]
        # Of 0 and 1 the second, of 1 and 2 the first, of 2 and 0 the first.
        assert abs(labels.chosen(groups, measure, 2) - 2.5 / 3) < 1e-9


def test_the_judges_of_everyday_texts_tell_a_walk_from_a_squat() -> None:
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "Benchmarks/tracker"))
    import everyday

    tracker = sim.TWIST2()
    verdicts = {}
    for name in ("walk_forward", "squat", "wave"):
        motion = sim.Reference.load(ROLLOUTS / f"{name}.npz").ordered(tracker.joint_names)
        seen = everyday.Seen(tracker, np.concatenate([motion.root_pos, motion.root_quat], 1), motion.joint_pos)
        texts = ["walk forward", "walk backward", "squat", "turn left", "wave with your left hand", "jump up and down", "kick"]
        verdicts[name] = [text for text in texts if everyday.TEXTS[text](seen)]
        if everyday.TEXTS["wave goodbye with the right hand"](seen):
            verdicts[name].append("right wave")
    assert verdicts["walk_forward"] == ["walk forward"] and verdicts["wave"] == ["right wave"]
    # This squat takes both feet off the floor and its arms up.
    assert "squat" in verdicts["squat"] and not {"walk forward", "turn left", "kick"} & set(verdicts["squat"])
