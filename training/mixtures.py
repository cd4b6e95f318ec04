"""Scenes with known onsets: clips laid into 20 s of faint noise, for judging when and not only what. Seeded."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_store import RATE_HZ, AudioStore, Row
from labels import Classes

SCENE_S = 20.0


@dataclass(frozen=True)
class SceneEvent:
    """Seconds from the start of the scene; all classes of the clip, ancestors included."""

    start: float
    end: float
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Scene:
    sound: np.ndarray  # (n,) int16
    events: list[SceneEvent]


def make_scenes(store: AudioStore, rows: list[Row], classes: Classes, count: int = 60, seed: int = 11) -> list[Scene]:
    rng = np.random.default_rng(seed)
    return [_scene(store, rows, classes, rng) for _ in range(count)]


def _scene(store: AudioStore, rows: list[Row], classes: Classes, rng: np.random.Generator) -> Scene:
    """Two to four clips of at most 6 s, each at -20 dB or so, over a floor of about -60 dB."""
    length = int(SCENE_S * RATE_HZ)
    sound = rng.standard_normal(length) * 1e-3
    events = []
    for _ in range(int(rng.integers(2, 5))):
        row = rows[int(rng.integers(len(rows)))]
        clip = store.clip(row, 6 * RATE_HZ).astype(np.float64) / 32768
        at = int(rng.integers(length - min(len(clip), length - 1)))
        loudness = np.sqrt((clip**2).mean()) + 1e-6
        sound[at : at + len(clip)] += clip * (10 ** (rng.uniform(-26, -16) / 20) / loudness)
        indices = tuple(classes.by_name[label] for label in row.labels if label in classes.by_name)
        events.append(SceneEvent(at / RATE_HZ, (at + len(clip)) / RATE_HZ, indices))
    sound = sound / max(1.0, float(np.abs(sound).max()))
    return Scene((sound * 32767).astype(np.int16), events)
