"""The classes: YAMNet's 521 of AudioSet's 527, addressed by mid, in YAMNet's order; and the manifest's labels as targets."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_store import Row
from yamnet import class_mids

AUDIOSET = Path(__file__).resolve().parent.parent.parent / "shared" / "audioset" / "class_labels_indices.csv"


@dataclass(frozen=True)
class Classes:
    mids: list[str]
    names: list[str]
    by_name: dict[str, int]  # AudioSet display name to index; names of the six absent classes are not in it

    def __len__(self) -> int:
        return len(self.mids)

    def targets(self, rows: list[Row]) -> np.ndarray:
        """(rows, K) float32: 1 for each label of the manifest, which holds ancestors already; 0 says nothing (not verified)."""
        y = np.zeros((len(rows), len(self)), np.float32)
        for i, row in enumerate(rows):
            for label in row.labels:
                if label in self.by_name:
                    y[i, self.by_name[label]] = 1.0
        return y


@lru_cache(maxsize=None)
def load_classes() -> Classes:
    mids, _ = class_mids()
    with open(AUDIOSET, newline="", encoding="utf8") as file:
        official = {row["mid"]: row["display_name"] for row in csv.DictReader(file)}
    names = [official[mid] for mid in mids]
    return Classes(mids, names, {name: i for i, name in enumerate(names)})
