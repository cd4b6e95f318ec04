"""Mixtures to learn from: one or two clips of the training rows in a window of some seconds, with what is true in each chunk.

A seeded generator makes everything, so the n-th batch of a run is always the same. Sounds are float32, 16 kHz mono.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from audio_store import AUDIO, RATE_HZ, AudioStore, Row, decode
from labels import Classes

ALLOWED = ("OPEN", "SA", "NC-SET", "UNCLEAR")


@dataclass(frozen=True)
class AugmentConfig:
    """Shares are probabilities per window; decibel ranges are uniform."""

    mix_share: float = 0.35
    mix_db: tuple[float, float] = (-10.0, 10.0)
    speed_share: float = 0.3
    speed: tuple[float, float] = (0.85, 1.18)
    reverb_share: float = 0.15
    equalise_share: float = 0.3
    equalise_db: float = 9.0
    noise_share: float = 0.25
    noise_db: tuple[float, float] = (-75.0, -45.0)
    level_db: tuple[float, float] = (-46.0, -6.0)
    repeat_share: float = 0.3
    silence_share: float = 0.015
    frequency_mask: int = 10
    time_mask: int = 20
    mask_share: float = 0.35
    gate_db: float = -28.0


@dataclass(frozen=True)
class Batch:
    sound: torch.Tensor  # (B, n): what the teacher hears
    gain: torch.Tensor  # (B, 1): the student hears sound * gain
    truth: torch.Tensor  # (B, C, K): 1 where the manifest's label sounds in that chunk; 0 says nothing


def training_rows(store: AudioStore, flags: tuple[str, ...] = ALLOWED) -> list[Row]:
    """Train rows whose licence allows it. Never NC, GPL or OTHER."""
    forbidden = set(flags) - set(ALLOWED)
    if forbidden:
        raise ValueError(f"flags must be among {', '.join(ALLOWED)}, got {', '.join(sorted(forbidden))}")
    return [row for row in store.rows if row.split == "train" and row.flag in flags]


def is_judged(row: Row) -> bool:
    """Whether figures are about this clip: a real one, of the licences that may be trained on."""
    return not row.synthetic and row.flag in ALLOWED


def balanced_shares(truth: np.ndarray) -> np.ndarray:
    """(rows, K) labels to (rows,) sampling shares: a row counts by its rarest label, with the root of its rarity."""
    counts = np.maximum(truth.sum(axis=0), 1.0)
    weight = (truth / np.sqrt(counts)).max(axis=1)
    weight = np.maximum(weight, weight[weight > 0].min() if (weight > 0).any() else 1.0)
    return weight / weight.sum()


def load_rooms(folder: Path = AUDIO / "rir") -> list[np.ndarray]:
    """Impulse responses of at most 0.6 s, unit energy, starting at their peak. Empty where the folder is not there."""
    rooms = []
    for path in sorted(folder.glob("*.flac")):
        room = decode(path).astype(np.float32)
        room = room[int(np.abs(room).argmax()) :][: int(0.6 * RATE_HZ)]
        rooms.append(room / max(float(np.sqrt((room**2).sum())), 1e-9))
    return rooms


class MixtureMaker:
    def __init__(
        self, store: AudioStore, rows: list[Row], classes: Classes, config: AugmentConfig, rooms: list[np.ndarray], seed: int
    ) -> None:
        if not rooms:
            config = AugmentConfig(**{**config.__dict__, "reverb_share": 0.0})
        self.store, self.rows, self.config, self.rooms = store, rows, config, rooms
        self.labels = classes.targets(rows)  # (rows, K)
        self.shares = balanced_shares(self.labels)
        self.rng = np.random.default_rng(seed)

    def batch(self, size: int, chunks: int, chunk_frames: int) -> Batch:
        length = chunks * chunk_frames * 160
        made = [self._window(length, chunks) for _ in range(size)]
        sound = np.stack([window for window, _ in made])  # (B, n)
        truth = np.stack([labels for _, labels in made])  # (B, C, K)
        level = self.rng.uniform(*self.config.level_db, (size, 1)).astype(np.float32)
        loudness = np.sqrt((sound**2).mean(axis=1, keepdims=True) + 1e-12)
        # The teacher hears a steady -20 dB; the student hears 40 dB of different levels, never beyond full scale.
        sound = sound * (0.1 / np.maximum(loudness, 1e-4))
        peak = np.maximum(np.abs(sound).max(axis=1, keepdims=True), 1e-6)
        gain = np.minimum(10.0 ** ((level + 20.0) / 20.0), 1.0 / peak) * self.rng.choice([-1.0, 1.0], (size, 1))
        sound = sound * np.minimum(1.0, 1.0 / peak)
        gain = np.where(peak > 1.0, np.clip(gain * peak, -1.0, 1.0), gain)
        return Batch(torch.from_numpy(sound.astype(np.float32)), torch.from_numpy(gain.astype(np.float32)), torch.from_numpy(truth))

    def _window(self, length: int, chunks: int) -> tuple[np.ndarray, np.ndarray]:
        """(n,) sound and (C, K) truth."""
        config, rng = self.config, self.rng
        classes = self.labels.shape[1]
        if rng.random() < config.silence_share:
            quiet = np.zeros(length, np.float32)
            return self._with_noise(quiet, share=0.5), np.zeros((chunks, classes), np.float32)
        first, truth = self._source(length, chunks)
        if rng.random() < config.mix_share:
            second, other = self._source(length, chunks)
            first = first + second * np.float32(10.0 ** (rng.uniform(*config.mix_db) / 20.0))
            truth = np.maximum(truth, other)
        return self._with_noise(self._filtered(first), share=config.noise_share), truth

    def _source(self, length: int, chunks: int) -> tuple[np.ndarray, np.ndarray]:
        """One clip at unit loudness, somewhere in the window."""
        config, rng = self.config, self.rng
        index = int(rng.choice(len(self.rows), p=self.shares))
        row = self.rows[index]
        speed = float(rng.uniform(*config.speed)) if rng.random() < config.speed_share else 1.0
        wanted = int(np.ceil(length * speed)) + 1
        start = 0 if row.samples <= wanted or rng.random() < 0.2 else int(rng.integers(row.samples - wanted))
        clip = self.store.sound[row.start + start : row.start + min(row.samples, start + wanted)].astype(np.float32) / 32768
        if speed != 1.0:
            clip = np.interp(np.arange(0, len(clip) - 1, speed), np.arange(len(clip)), clip).astype(np.float32)
        clip = clip[:length]
        placed = np.zeros(length, np.float32)
        spare = length - len(clip)
        at = 0 if spare == 0 or rng.random() < 0.4 else int(rng.integers(spare + 1))
        placed[at : at + len(clip)] = clip
        if 2 * len(clip) < length and rng.random() < config.repeat_share:
            gap = len(clip) + int(rng.integers(1 + RATE_HZ))
            for again in range(at + gap, length, gap):
                placed[again : again + len(clip)] += clip[: length - again]
        power = (placed.reshape(chunks, -1) ** 2).mean(axis=1)  # (C,)
        sounding = power > max(float(power.max()) * 10.0 ** (config.gate_db / 10.0), 1e-12)
        truth = sounding[:, None].astype(np.float32) * self.labels[index]
        return placed / np.sqrt(max(float(power.max()), 1e-10)), truth

    def _filtered(self, sound: np.ndarray) -> np.ndarray:
        """Another room, another device: an impulse response, a smooth curve of a few decibels."""
        config, rng = self.config, self.rng
        reverb, equalise = rng.random() < config.reverb_share, rng.random() < config.equalise_share
        if not reverb and not equalise:
            return sound
        size = 1 << int(np.ceil(np.log2(len(sound) + RATE_HZ)))
        spectrum = np.fft.rfft(sound, size)
        if reverb:
            spectrum *= np.fft.rfft(self.rooms[int(rng.integers(len(self.rooms)))], size)
        if equalise:
            bends = rng.uniform(-config.equalise_db, config.equalise_db, 7)
            hz = np.linspace(0.0, RATE_HZ / 2, len(spectrum))
            curve = np.interp(np.log(hz + 60.0), np.log(np.geomspace(60.0, 8060.0, 7)), bends)
            spectrum *= 10.0 ** (curve / 20.0)
        return np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32)

    def _with_noise(self, sound: np.ndarray, share: float) -> np.ndarray:
        """A noise floor, white or falling; the sound in it has a loudness of about 0 dB."""
        config, rng = self.config, self.rng
        if rng.random() >= share:
            return sound
        noise = rng.standard_normal(len(sound)).astype(np.float32)
        if rng.random() < 0.5:
            noise[1:] = noise[1:] + 0.9 * noise[:-1]
        return sound + noise * np.float32(10.0 ** (rng.uniform(*config.noise_db) / 20.0))


def mask_mel(mel: torch.Tensor, fill: torch.Tensor, config: AugmentConfig, rng: np.random.Generator) -> torch.Tensor:
    """SpecAugment: (B, C, T, 64) with one band of mels and one stretch of frames replaced by `fill` (B, C, 1, 1), in a share of items."""
    batch, chunks, frames, mels = mel.shape
    hidden = np.zeros((batch, chunks, frames, mels), bool)
    for item in range(batch):
        if rng.random() >= config.mask_share:
            continue
        wide = int(rng.integers(config.frequency_mask + 1))
        low = int(rng.integers(mels - wide + 1))
        hidden[item, :, :, low : low + wide] = True
        for chunk in range(chunks):
            long = int(rng.integers(min(config.time_mask, frames // 4) + 1))
            first = int(rng.integers(frames - long + 1))
            hidden[item, chunk, first : first + long] = True
    return torch.where(torch.from_numpy(hidden), fill, mel)
