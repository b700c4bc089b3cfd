"""Where the daemon's sockets are: as it is told, as the environment says, or where they are by default."""

from __future__ import annotations

import os

PORTS = {"command": 5771, "priority": 5772, "events": 5773, "stream": 5774, "state": 5775, "people": 5776}


def endpoint(name: str, given: str | None = None) -> str:
    """The endpoint of a socket: `given`, else KMMD_ENDPOINT_<NAME>, else the usual port of KMMD_HOST or of this host.

    A daemon's own KMMD_ENDPOINT_… may name all addresses of its host; a client of the same environment takes this host's.
    """
    if given is not None:
        return given
    told = os.environ.get(f"KMMD_ENDPOINT_{name.upper()}")
    host = os.environ.get("KMMD_HOST") or "127.0.0.1"
    if told:
        return told.replace("tcp://0.0.0.0:", f"tcp://{host}:").replace("tcp://*:", f"tcp://{host}:")
    return f"tcp://[{host}]:{PORTS[name]}" if ":" in host and not host.startswith("[") else f"tcp://{host}:{PORTS[name]}"
