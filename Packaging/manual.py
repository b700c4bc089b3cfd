"""Manual pages of a program, from what it tells of itself: manual.py PROGRAM FOLDER.

One page for the program and one for each of its commands, section 1, in man(7).
"""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from typing import Any


def escaped(text: str) -> str:
    """A text as man(7) takes it."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def names(argument: dict[str, Any]) -> list[str]:
    """How an option or flag is written."""
    dashes = {"long": "--", "short": "-", "longWithSingleDash": "-"}
    return [dashes[name["kind"]] + name["name"] for name in argument.get("names", [])]


def synopsis(argument: dict[str, Any]) -> str:
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        text = f"<{value}>" + (" ..." if argument["isRepeating"] else "")
    else:
        text = argument_head(argument)
    return f"[{text}]" if argument["isOptional"] else text


def argument_head(argument: dict[str, Any]) -> str:
    if argument["kind"] == "positional":
        return f"<{argument.get('valueName', '')}>"
    text = ", ".join(names(argument))
    return text + (f" <{argument.get('valueName', '')}>" if argument["kind"] == "option" else "")


def page(path: list[str], command: dict[str, Any], version: str) -> str:
    """The page of a command, `path` its name with those before it."""
    title = "-".join(path)
    arguments = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
    lines = [f'.TH "{title.upper()}" "1" "" "kmmd {version}" "kmmd"', ".SH NAME"]
    lines.append(f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}")
    lines += [".SH SYNOPSIS", f".B {escaped(' '.join(path))}"]
    lines += [escaped(" ".join(synopsis(argument) for argument in arguments))]
    if discussion := command.get("discussion"):
        lines.append(".SH DESCRIPTION")
        for paragraph in discussion.strip().split("\n"):
            # Indented lines are examples: they stay as they are.
            lines += [".nf", escaped(paragraph), ".fi"] if paragraph.startswith("  ") else [escaped(paragraph) or ".PP"]
    if arguments:
        lines.append(".SH OPTIONS")
        for argument in arguments:
            lines += [".TP", f".B {escaped(argument_head(argument))}", escaped(argument.get("abstract", ""))]
            if default := argument.get("defaultValue"):
                lines.append(escaped(f"Default: {default}."))
            if discussion := argument.get("discussion"):
                lines.append(escaped(discussion))
    children = [child for child in command.get("subcommands", []) if child["commandName"] != "help"]
    if children:
        lines.append(".SH COMMANDS")
        for child in children:
            reference = escaped("-".join([*path, child["commandName"]]))
            lines += [".TP", f".BR {reference} (1)", escaped(child.get("abstract", ""))]
    if path[0] == "kmmctl":
        lines += [".SH EXIT STATUS", "0 done, 1 refused by the daemon, 2 wrong usage or bad input, 3 no answer,"]
        lines += ["4 some of many files failed, 5 the text is not understood."]
    lines += [".SH SEE ALSO", ".BR kmmd (1), .BR kmmctl (1), /usr/share/doc/kmmd".replace(", .BR", ",\n.BR").replace("(1), /", "(1),\n/")]
    return "\n".join(lines) + "\n"


def write(path: list[str], command: dict[str, Any], version: str, folder: pathlib.Path) -> None:
    (folder / f"{'-'.join(path)}.1").write_text(page(path, command, version))
    for child in command.get("subcommands", []):
        if child["commandName"] != "help":
            write([*path, child["commandName"]], child, version, folder)


def main() -> None:
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    told = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    command = json.loads(told)["command"]
    write([command["commandName"]], command, version, folder)


if __name__ == "__main__":
    main()
