"""The data set decoded once: one int16 array of 16 kHz mono sound for all rows of a manifest, and where each row lies in it.

`python3 training/audio_store.py` makes `.cache/training/audio.npy` and `rows.json` (git-ignored, some minutes, 0.9 GB);
everything else only reads them.
"""
from __future__ import annotations

import csv
import json
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
    """Decodes every train and valid row."""
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
    np.save(cache / "audio.npy", np.concatenate(pieces))
    (cache / "rows.json").write_text(json.dumps([asdict(row) for row in rows]))
    return load(cache)


def load(cache: Path = CACHE) -> AudioStore:
    """@raises FileNotFoundError when nothing was decoded yet."""
    if not (cache / "rows.json").exists():
        raise FileNotFoundError(f"{cache / 'rows.json'} is not there; run python3 training/audio_store.py first")
    rows = [Row(**row) for row in json.loads((cache / "rows.json").read_text())]
    return AudioStore(np.load(cache / "audio.npy", mmap_mode="r"), rows)


if __name__ == "__main__":
    store = build()
    print(f"{len(store.rows)} clips, {len(store.sound) / RATE_HZ / 3600:.2f} h")
