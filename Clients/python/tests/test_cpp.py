"""The C++ client: builds without warnings, and drives a real daemon."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import numpy as np
import pytest

import kmmd
from conftest import ROOT, Daemon


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    path = tmp_path_factory.mktemp("cpp") / "say"
    source = ROOT / "Clients/cpp/say.cpp"
    command = [compiler, "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-I", str(source.parent), str(source)]
    result = subprocess.run([*command, "-lzmq", "-o", str(path)], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return path


def run(program: pathlib.Path, daemon: Daemon, text: str) -> subprocess.CompletedProcess[str]:
    endpoints = [daemon.endpoints[name] for name in ("command", "priority", "stream")]
    return subprocess.run([str(program), text, *endpoints], capture_output=True, text=True, timeout=300)


def test_it_says_and_prints_the_joints(program: pathlib.Path, daemon: Daemon, client: kmmd.Client) -> None:
    result = run(program, daemon, 'wave with the right hand, "quoted" \\ and\ttabbed')
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("c-")
    table = np.array([[float(number) for number in line.split()] for line in lines[1:]])
    assert table.shape[1] == 30 and len(table) > 20
    # A busy machine may lose some to the short queue, none comes twice or out of order.
    assert np.all(np.diff(table[:, 0]) >= 1)
    robot = client.robot()
    assert np.all(table[:, 1:] >= np.array(robot["joint_lower"]) - 1e-4)
    assert np.all(table[:, 1:] <= np.array(robot["joint_upper"]) + 1e-4)


def test_a_refusal_is_shown_with_its_code(program: pathlib.Path, daemon: Daemon) -> None:
    result = run(program, daemon, "  ")
    assert result.returncode == 1
    assert result.stderr.startswith("empty_text: ")
