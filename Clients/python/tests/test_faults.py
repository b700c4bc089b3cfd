"""The short form of the fault suite, beside a robot that moves; `make faults` runs all of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT, binary, trained_weights


def run(*names: str) -> None:
    environment = dict(os.environ, KMMD_BIN=str(binary("kmmd")), KMMD_MODELS=str(trained_weights()))
    environment.pop("KMMD_STATE", None)
    done = subprocess.run(
        [sys.executable, str(ROOT / "Tests/Faults/faults.py"), "--short", *names], env=environment, capture_output=True,
        text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_attacks_beside_a_robot_that_moves() -> None:
    run()


@pytest.mark.parametrize("name", [
    "full_disk_at_the_first_start", "an_empty_token", "aborted_by_a_watchdog", "evil_files", "impossible_states", "newcomers"])
def test_bad_luck(name: str) -> None:
    run(name)
