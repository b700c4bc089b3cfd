"""What README and pages tell people to type: blocks of Python run against a daemon, commands exist with their options."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Any, Iterator

import pytest

from conftest import NAMES, ROOT, Daemon, binary, start

PAGES = [
    "README.md", "Clients/python/README.md", "Clients/ros2/README.md", "Clients/cpp/README.md", "CONTRIBUTING.md",
    *(f"Documentation/{page}" for page in (
        "tutorial.md", "install.md", "troubleshooting.md", "texts.md", "operations.md", "adding-a-robot.md", "retargeting.md",
        "robot-profiles.md", "training.md", "receivers.md", "recordings.md", "data.md", "jetson.md", "comparison.md", "concepts.md",
        "authoring.md", "any-robot.md", "evaluation.md", "protocol.md", "understanding.md", "tracking.md", "conventions.md",
        "retargeting-quality.md", "motion-corpus.md", "inverse-kinematics.md", "architecture.md", "glossary.md", "live-people.md")),
    "SECURITY.md", "RobotProfiles/README.md", "Benchmarks/README.md",
    *(f"Models/{model}/README.md" for model in ("free", "kmm", "evaluators", "minilm-l6", "understanding")),
]
# What a fenced block may be: code that is run here or elsewhere, or what is only shown.
SHOWN = {"output", "text", "json", "yaml", "swift", "cpp", "cmake", "ini", "mermaid", ""}


def fenced(page: str) -> Iterator[tuple[str, str]]:
    """Language and text of each fenced block."""
    for match in re.finditer(r"^```(\w*)\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL):
        yield match[1], match[2]


def commands(page: str) -> Iterator[list[str]]:
    """The commands of kmmd and kmmctl in the indented blocks, as words; lines that end in \\ go on."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL).replace("\\\n", " ")
    for line in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        start = 0
        for index, word in enumerate([*words, ";"]):
            if word in (";", "|", "||", "&&", "&") or word.endswith(";"):
                part = words[start:index] + ([word[:-1]] if word.endswith(";") and word != ";" else [])
                while part and re.match(r"^\w+=", part[0]):
                    part = part[1:]
                if part and pathlib.Path(part[0]).name in ("kmmctl", "kmmd"):
                    yield part
                start = index + 1


@functools.cache
def told(program: str) -> Any:
    output = subprocess.run([str(binary(program)), "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    return json.loads(output)["command"]


def objection(words: list[str]) -> str | None:
    """What is wrong with a command line; None when there are such a command and such options."""
    command, rest = told(pathlib.Path(words[0]).name), words[1:]
    while rest and not rest[0].startswith("-"):
        children = {child["commandName"]: child for child in command.get("subcommands", [])}
        if rest[0] not in children:
            if children:
                return f"there is no {rest[0]}"
            break
        command, rest = children[rest[0]], rest[1:]
    dashes = {"long": "--", "short": "-", "longWithSingleDash": "-"}
    options = {dashes[name["kind"]] + name["name"] for argument in command.get("arguments", []) for name in argument.get("names", [])}
    for word in rest:
        name = word.split("=")[0]
        if re.match(r"^--?[a-z]", name) and name not in options:
            return f"{command['commandName']} has no {name}"
    return None


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist_with_their_options(page: str) -> None:
    # "hold | resume" lists alternatives.
    wrong = {" ".join(words): reason for words in commands(page) if (reason := objection(words))}
    assert not wrong


def leaves(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The commands that do something, by what is typed."""
    children = [child for child in command.get("subcommands", []) if child["commandName"] != "help"]
    for child in children:
        yield from leaves(child, f"{path} {child['commandName']}".strip())
    if not children:
        yield path, command


def test_every_command_shows_how_it_is_typed_and_prints_json() -> None:
    commands_ = dict(leaves(told("kmmctl")))
    assert not [path for path, command in commands_.items() if "Example" not in command.get("discussion", "") and path != "profile schema"]
    # These print JSON anyway, write a file, ask a person, or tell of a training as it goes on.
    silent = {"profile schema", "profile pose", "profile export", "profile tune"}
    without = {
        path for path, command in commands_.items()
        if "json" not in {name["name"] for argument in command.get("arguments", []) for name in argument.get("names", [])}}
    assert not {path for path in without - silent if not path.startswith("train ")}


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_code_that_is_tried_or_marked_as_shown(page: str) -> None:
    assert {language for language, _ in fenced(page)} <= SHOWN | {"python"}


# What stands indented is typed; what is only shown is fenced and marked.
PROGRAMS = {
    "apt", "apt-get", "cd", "curl", "export", "for", "git", "journalctl", "kmmctl", "kmmd", "make", "mkdir", "mpirun", "pip", "pipx",
    "podman", "python", "python3", "ros2", "srun", "ssh", "sudo", "swift", "systemctl", "tar", "uv",
}


@pytest.mark.parametrize("page", PAGES)
def test_indented_blocks_are_typed(page: str) -> None:
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL).replace("\\\n", " ")
    for block in re.findall(r"^\n((?: {4}.*\n)+)", text, re.MULTILINE):
        for line in re.findall(r"^ {4}(\S.*)$", block, re.MULTILINE):
            word = re.sub(r"^(\w+=\S* +)*", "", line).split()[0]
            assert pathlib.Path(word).name in PROGRAMS or (ROOT / word).exists() or word.startswith(("#", ".")), line


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    daemon = start(scheme="tcp")
    yield daemon
    daemon.stop()


BLOCKS = [
    pytest.param(text, id=f"{page}-{number}")
    for page in PAGES for number, (language, text) in enumerate(fenced(page)) if language == "python"
]


@pytest.mark.parametrize("block", BLOCKS)
def test_python_runs(daemon: Daemon, block: str) -> None:
    environment = {f"KMMD_ENDPOINT_{name.upper()}": daemon.endpoints[name] for name in NAMES}
    if "async with" in block:
        body = "".join(f"    {line}\n" for line in block.splitlines())
        block = f"import asyncio, kmmd\nasync def main():\n{body}asyncio.run(main())\n"
    for port, name in enumerate(NAMES, 5771):
        block = block.replace(f"tcp://127.0.0.1:{port}", daemon.endpoints[name])
    done = subprocess.run(
        [sys.executable, "-c", block], env={**os.environ, **environment, "PYTHONPATH": str(ROOT / "Clients/python")},
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), target
