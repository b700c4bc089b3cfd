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


def test_find_package_finds_what_cmake_installed(tmp_path: pathlib.Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("there is no cmake")

    def cmake(*words: str) -> None:
        done = subprocess.run(["cmake", *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr

    prefix, user = tmp_path / "prefix", tmp_path / "user"
    cmake("-S", str(ROOT / "Clients/cpp"), "-B", str(tmp_path / "build"), "-DKMMD_BUILD_EXAMPLE=OFF")
    cmake("--install", str(tmp_path / "build"), "--prefix", str(prefix))
    user.mkdir()
    (user / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(user LANGUAGES CXX)\nfind_package(kmmd 0.1 REQUIRED)\n"
        "add_executable(user main.cpp)\ntarget_link_libraries(user PRIVATE kmmd::kmmd)\n")
    (user / "main.cpp").write_text('#include <kmmd/client.hpp>\nint main() { return sizeof(kmmd::Client) > 0 ? 0 : 1; }\n')
    cmake("-S", str(user), "-B", str(user / "build"), f"-DCMAKE_PREFIX_PATH={prefix}")
    cmake("--build", str(user / "build"))
    subprocess.run([str(user / "build/user")], check=True)


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
