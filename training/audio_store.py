"""The data set decoded once: one int16 array of 16 kHz mono sound for all rows of a manifest, and where each row lies in it.

Made in `.cache/training` (`audio.npy` and `rows.json`, git-ignored, 20 s, 0.9 GB) by whoever asks first, and again when the manifest
has other rows; `python3 training/audio_store.py` makes it anew whatever is there.
"""
from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
AUDIO = ROOT.parent / "shared" / "audio"
CACHE = ROOT / ".cache" / "training"
RATE_HZ = 16000


@dataclass(frozen=True)
class Row:
    """One clip. `start` and `samples` point into the sound array; labels are AudioSet display names, ancestors included."""

    file: str
    flag: str
    split: str
    labels: list[str]
    start: int
    samples: int

    @property
    def synthetic(self) -> bool:
        return self.file.startswith("synth/")


@dataclass(frozen=True)
class AudioStore:
    sound: np.ndarray  # (samples of all rows,) int16
    rows: list[Row]

    def clip(self, row: Row, limit: int | None = None) -> np.ndarray:
        """(n,) int16, a view."""
        return self.sound[row.start : row.start + (row.samples if limit is None else min(limit, row.samples))]


def licence_flag(licence: str) -> str:
    """`[NC-SET] ESC-50: ...` gives `NC-SET`."""
    if not licence.startswith("[") or "]" not in licence:
        raise ValueError(f"a licence must begin with its flag in brackets, got {licence!r}")
    return licence[1 : licence.index("]")]


def read_manifest(folder: Path) -> list[dict[str, str]]:
    with open(folder / "manifest.csv", newline="", encoding="utf8") as file:
        return list(csv.DictReader(file))


def decode(path: Path) -> np.ndarray:
    """(n,) int16 at 16 kHz. Throws ValueError for another rate: the set is 16 kHz mono throughout."""
    import soundfile  # Only the decoder needs it.

    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != RATE_HZ:
        raise ValueError(f"{path} must be at {RATE_HZ} Hz, got {rate}")
    mono = sound.mean(axis=1)
    return np.clip(np.round(mono * 32768), -32768, 32767).astype(np.int16)


def build(folder: Path = AUDIO, cache: Path = CACHE) -> AudioStore:
    """Decodes every row. What others are reading meanwhile stays whole."""
    cache.mkdir(parents=True, exist_ok=True)
    pieces: list[np.ndarray] = []
    rows: list[Row] = []
    start = 0
    for entry in read_manifest(folder):
        sound = decode(folder / entry["file"])
        labels = entry["labels"].split(";")
        rows.append(Row(entry["file"], licence_flag(entry["license"]), entry["split"], labels, start, len(sound)))
        pieces.append(sound)
        start += len(sound)
    np.save(cache / "new.npy", np.concatenate(pieces))
    (cache / "new.json").write_text(json.dumps([asdict(row) for row in rows]))
    os.replace(cache / "new.npy", cache / "audio.npy")
    os.replace(cache / "new.json", cache / "rows.json")
    return _read(cache)


def _read(cache: Path) -> AudioStore:
    rows = [Row(**row) for row in json.loads((cache / "rows.json").read_text())]
    return AudioStore(np.load(cache / "audio.npy", mmap_mode="r"), rows)


def load(folder: Path = AUDIO, cache: Path = CACHE) -> AudioStore:
    """The manifest's rows, decoded if they were not yet. @raises FileNotFoundError when there is no manifest."""
    if not (folder / "manifest.csv").exists():
        raise FileNotFoundError(f"{folder / 'manifest.csv'} is needed: labelled sounds, as training/README.md says")
    wanted = [
        (entry["file"], licence_flag(entry["license"]), entry["split"], entry["labels"].split(";")) for entry in read_manifest(folder)
    ]
    if (cache / "rows.json").exists():
        store = _read(cache)
        if [(row.file, row.flag, row.split, row.labels) for row in store.rows] == wanted:
            return store
    print(f"decoding {len(wanted)} clips of {folder} into {cache}", flush=True)
    return build(folder, cache)


if __name__ == "__main__":
    store = build()
    for split, flag in sorted({(row.split, row.flag) for row in store.rows}):
        rows = [row for row in store.rows if (row.split, row.flag) == (split, flag)]
        print(f"{split} {flag}: {len(rows)} clips, {sum(row.samples for row in rows) / RATE_HZ / 3600:.2f} h")
