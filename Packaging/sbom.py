"""What a kmmd package consists of, as CycloneDX 1.5 JSON on the standard output."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Linked at run time, from the system.
LIBRARIES = {"libzmq": "MPL-2.0", "openblas": "BSD-3-Clause", "zlib": "Zlib", "expat": "MIT"}
# Headers that are compiled in.
HEADERS = {"eigen": "MPL-2.0"}


def package(pin: dict[str, Any]) -> dict[str, Any]:
    """A Swift package at its exact version."""
    address, state = pin["location"].removesuffix(".git"), pin["state"]
    return {
        "type": "library", "bom-ref": pin["identity"], "name": pin["identity"], "version": state["version"],
        "purl": f"pkg:swift/{address.removeprefix('https://')}@{state['version']}",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-1", "content": state["revision"]}],
    }


def weights(folder: pathlib.Path) -> dict[str, Any]:
    """A folder of trained weights, each file with its hash."""
    files = sorted(folder.glob("*.safetensors"))
    return {
        "type": "machine-learning-model", "bom-ref": f"weights-{folder.name}", "name": folder.name,
        "components": [
            {"type": "file", "name": file.name,
             "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}]}
            for file in files
        ],
    }


def main() -> None:
    version = re.search(r'version = "([^"]+)"', (ROOT / "Sources/Wire/Release.swift").read_text())
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    system = [
        {"type": "library", "bom-ref": name, "name": name, "licenses": [{"license": {"id": licence}}],
         "description": "from the system, at run time" if name in LIBRARIES else "headers, compiled in"}
        for name, licence in {**LIBRARIES, **HEADERS}.items()
    ]
    swift = {"type": "library", "bom-ref": "swift", "name": "Swift runtime, Foundation",
             "description": "linked statically", "licenses": [{"license": {"id": "Apache-2.0"}}]}
    models = [weights(folder) for folder in sorted((ROOT / "Models").iterdir()) if folder.is_dir()]
    print(json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {
            "type": "application", "bom-ref": "kmmd", "name": "kmmd", "version": version[1] if version else "0",
            "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": [*map(package, pins), swift, *system, *models],
    }, indent=1))


if __name__ == "__main__":
    main()
