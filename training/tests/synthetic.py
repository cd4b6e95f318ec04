"""A data set made of formulas: no download, no files. Three sounds that any network can tell apart."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from audio_store import RATE_HZ, AudioStore, Row  # noqa: E402

KINDS = {"Sine wave": ["Sine wave"], "White noise": ["White noise", "Noise"], "Chirp tone": ["Chirp tone"]}


def make_sound(kind: str, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """(n,) int16."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    if kind == "Sine wave":
        wave = np.sin(2 * np.pi * rng.uniform(300, 900) * time)
    elif kind == "Chirp tone":
        wave = np.sin(2 * np.pi * (500 + 900 * (time % 1.0)) * (time % 1.0))
    else:
        wave = rng.standard_normal(len(time)) * 0.3
    return (np.clip(wave * rng.uniform(0.2, 0.9), -1, 1) * 32767).astype(np.int16)


def make_store(clips: int = 18, flags: tuple[str, ...] = ("OPEN",)) -> AudioStore:
    rng = np.random.default_rng(1)
    sounds, rows, start = [], [], 0
    for i in range(clips):
        kind = list(KINDS)[i % len(KINDS)]
        sound = make_sound(kind, float(rng.uniform(0.5, 6.0)), rng)
        split = "valid" if i >= clips * 2 // 3 else "train"
        rows.append(Row(f"made/{kind}-{i}.ogg", flags[i % len(flags)], split, KINDS[kind], start, len(sound)))
        sounds.append(sound)
        start += len(sound)
    return AudioStore(np.concatenate(sounds), rows)


class StandInTeacher:
    """The shapes of the real one; its scores are 0, so the labels alone teach."""

    def __call__(self, sound: torch.Tensor, chunks: int) -> tuple[torch.Tensor, torch.Tensor]:
        power = sound.reshape(len(sound), chunks, -1).square().mean(-1, keepdim=True)  # (B, C, 1)
        return torch.zeros(len(sound), chunks, 521), torch.log1p(power).repeat(1, 1, 1024)
