"""The keys of a client: `kmmctl keys make` writes them."""

from __future__ import annotations

import json
import os
import pathlib
from dataclasses import dataclass
from typing import Any, Optional, Union

KeyFile = Union[str, "os.PathLike[str]", None]
"""Path of a file of keys; None for KMMD_KEY of the environment, or no encryption when that is not set."""


@dataclass(frozen=True)
class Keys:
    """Own pair and the daemon's public key, each 40 characters of Z85."""

    public: str
    secret: str
    server: str

    @classmethod
    def load(cls, file: KeyFile) -> Optional[Keys]:
        """Reads a file of keys. Raises OSError and ValueError."""
        path = file if file is not None else os.environ.get("KMMD_KEY") or None
        if path is None:
            return None
        content = json.loads(pathlib.Path(path).read_text())
        if not isinstance(content, dict):
            raise ValueError(f"{path} holds no keys")
        values = [content.get(name) for name in ("public", "secret", "server")]
        for name, value in zip(("public", "secret", "server"), values):
            if not isinstance(value, str) or len(value) != 40:
                raise ValueError(f'{path}: "{name}" has to be a key of 40 characters (Z85)')
        return cls(*(str(value) for value in values))

    def apply(self, socket: Any) -> None:
        """Encrypts what a socket will connect to."""
        socket.curve_publickey = self.public.encode()
        socket.curve_secretkey = self.secret.encode()
        socket.curve_serverkey = self.server.encode()
