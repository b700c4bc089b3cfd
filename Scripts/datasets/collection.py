"""The layout that `kmmctl train prepare` reads: an index of clips, one of texts, and packs of BVH files."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import pathlib
import tarfile
from typing import Any

from skeleton import RATE, Motion


class Set:
    """One set of clips, written when all are in."""

    def __init__(self, name: str, folder: str) -> None:
        self.name, self.folder = name, folder
        self.clips: list[dict[str, Any]] = []
        self.pairs: list[dict[str, Any]] = []
        self.packs: dict[str, list[tuple[str, str]]] = {}
        self.left_out: list[str] = []

    def add(self, identity: str, motion: Motion, pack: str, split: str, **more: Any) -> dict[str, Any]:
        """Takes a clip in; returns its line of the index."""
        file = f"{self.name}/{identity}.bvh"
        clip = {
            "id": identity, "set": self.name, "file": file, "pack": f"{self.folder}/{pack}.tar.xz", "fps": RATE, "frames": len(motion),
            "duration_s": round(len(motion) / RATE, 3), "split": split, **more,
        }
        self.clips.append(clip)
        self.packs.setdefault(pack, []).append((file, motion.bvh()))
        return clip

    def say(self, clip: dict[str, Any], text: str, source: str, start: float = 0, end: float | None = None) -> None:
        """Takes in what a clip shows between two times, seconds."""
        end = clip["duration_s"] if end is None else min(end, clip["duration_s"])
        if text and end > start:
            self.pairs.append({
                "clip": clip["id"], "text": text, "source": source, "start_s": round(start, 3), "end_s": round(end, 3),
                "split": clip["split"]})

    def write(self, out: pathlib.Path) -> str:
        """Writes index and packs; the same input gives the same bytes. Returns a line about it."""
        folder = out / self.folder
        folder.mkdir(parents=True, exist_ok=True)
        for pack, files in self.packs.items():
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                for name, text in sorted(files):
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = len(text.encode()), 0o644
                    archive.addfile(entry, io.BytesIO(text.encode()))
            (folder / f"{pack}.tar.xz").write_bytes(lzma.compress(buffer.getvalue()))
        for name, rows in (("clips", self.clips), ("pairs", self.pairs)):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        minutes = sum(clip["duration_s"] for clip in self.clips) / 60
        return f"{self.name}: {len(self.clips)} clips, {minutes:.1f} min, {len(self.pairs)} texts, {len(self.left_out)} left out"


def drawn_split(identity: str) -> str:
    """A split that depends on the name alone: 90 : 5 : 5."""
    share = int(hashlib.sha256(identity.encode()).hexdigest()[:8], 16) / 2**32
    return "test" if share < 0.05 else "val" if share < 0.1 else "train"
