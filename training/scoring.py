"""Runs a network over whole clips as the app does live: continuous framing, one chunk after the other, memory carried along."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from features import HOP, LogMel, clamp_range
from model import Tagger

FULL_CONTEXT_FRAMES = 1008


@dataclass(frozen=True)
class ClipChunks:
    """dB (C, T, 64) of one clip. A rest of half a chunk or more is filled up with silence, a shorter one left out."""

    mel: torch.Tensor


def cut_clip(sound: np.ndarray, chunk_frames: int, log_mel: LogMel) -> ClipChunks:
    """(n,) int16."""
    samples = chunk_frames * HOP
    count = max(1, int(len(sound) / samples + 0.5))
    wave = torch.from_numpy(sound.astype(np.float32) / 32768)[None]
    wave = F.pad(wave, (0, max(0, count * samples - wave.shape[1])))
    return ClipChunks(log_mel.chunks(wave, chunk_frames)[0, :count])


def cut_clips(sounds: list[np.ndarray], chunk_frames: int) -> list[ClipChunks]:
    log_mel = LogMel()
    return [cut_clip(sound, chunk_frames, log_mel) for sound in sounds]


def cut_windows(sounds: list[np.ndarray], log_mel: LogMel) -> list[list[torch.Tensor]]:
    """For the full-context network: windows of 10.08 s, (T, 64) dB each; a last one of half a second or more is scored as long as
    it is, a shorter one left out; a clip shorter than that is filled up to it."""
    clips = []
    for sound in sounds:
        wave = torch.from_numpy(sound.astype(np.float32) / 32768)[None]
        wave = F.pad(wave, (0, max(0, 8000 - wave.shape[1])))
        pieces = [piece for piece in log_mel.frames(wave)[0].split(FULL_CONTEXT_FRAMES) if len(piece) >= 48]
        clips.append([clamp_range(piece) for piece in pieces])
    return clips


@torch.no_grad()
def score_stream(model: Tagger, clips: list[ClipChunks], memory: bool = True, group: int = 48) -> list[np.ndarray]:
    """Probabilities (C, K) of every clip. Each starts from silence; without memory every chunk does, with nothing remembered."""
    model.eval()
    order = sorted(range(len(clips)), key=lambda i: -len(clips[i].mel))
    scores: list[list[np.ndarray]] = [[] for _ in clips]
    for first in range(0, len(order), group):
        members = order[first : first + group]
        cache = model.silence_cache(len(members)) if memory else None
        for turn in range(len(clips[members[0]].mel)):
            members = [i for i in members if len(clips[i].mel) > turn]
            mel = torch.stack([clips[i].mel[turn] for i in members])  # (B, T, 64)
            logits, after = model(mel, cache[:, : len(members)] if cache is not None else None)
            cache = after if memory else None
            for i, row in zip(members, torch.sigmoid(logits.float()).numpy()):
                scores[i].append(row)
    return [np.stack(rows) for rows in scores]


@torch.no_grad()
def score_windows(model: Tagger, clips: list[list[torch.Tensor]]) -> list[np.ndarray]:
    """(windows, K) of every clip, for the full-context network; one window at a time because they differ in length."""
    model.eval()
    return [np.concatenate([torch.sigmoid(model(piece[None])[0].float()).numpy() for piece in clip]) for clip in clips]
