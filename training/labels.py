"""The classes: YAMNet's 521 of AudioSet's 527, addressed by mid, in YAMNet's order (`classes.csv`; names by AudioSet, CC BY 4.0);
and the manifest's labels as targets."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_store import Row


@dataclass(frozen=True)
class Classes:
    mids: list[str]
    names: list[str]
    by_name: dict[str, int]  # AudioSet display name to index; the six classes that YAMNet lacks are not in it

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
    with open(Path(__file__).resolve().parent / "classes.csv", newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    names = [row["name"] for row in rows]
    return Classes([row["mid"] for row in rows], names, {name: i for i, name in enumerate(names)})
