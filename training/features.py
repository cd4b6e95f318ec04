"""The front end of the app (src/core/dsp, ../shared/parity/SPEC.md section 1) for batches, in float32 torch.

16 kHz mono samples in, dB mel frames out. A frame is 10 ms. Nothing here is learned.
"""
from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

RATE_HZ = 16000
N_FFT = 512
HOP = 160
MELS = 64
FLOOR_DB = -100.0
RANGE_DB = 120.0


def hz_to_mel(hz: np.ndarray) -> np.ndarray:
    return 2595.0 * np.log10(1.0 + hz / 700.0)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


def mel_filter_bank() -> torch.Tensor:
    """(257, 64) HTK triangles of peak 1, 0 to 8000 Hz."""
    bins = np.linspace(0.0, RATE_HZ / 2, N_FFT // 2 + 1)
    points = mel_to_hz(np.linspace(hz_to_mel(np.array(0.0)), hz_to_mel(np.array(RATE_HZ / 2.0)), MELS + 2))
    rise = (bins[:, None] - points[None, :-2]) / (points[1:-1] - points[:-2])
    fall = (points[None, 2:] - bins[:, None]) / (points[2:] - points[1:-1])
    return torch.from_numpy(np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32))


class LogMel:
    """Log-mel spectrograms of a batch of equally long sounds."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.window = torch.hann_window(N_FFT, periodic=True, device=device)
        self.bank = mel_filter_bank().to(device)

    def frames(self, sound: torch.Tensor) -> torch.Tensor:
        """(B, n) in -1..1 gives (B, 1 + n // 160, 64) in dB, before any range clamp; reflected at both ends."""
        if sound.shape[-1] <= N_FFT // 2:
            raise ValueError(f"a spectrogram needs at least {N_FFT // 2 + 1} samples, got {sound.shape[-1]}")
        padded = F.pad(sound[:, None], (N_FFT // 2, N_FFT // 2), mode="reflect")[:, 0]  # (B, n + 512)
        pieces = padded.unfold(-1, N_FFT, HOP) * self.window  # (B, T, 512)
        power = torch.fft.rfft(pieces).abs().square()  # (B, T, 257)
        energy = power @ self.bank  # (B, T, 64)
        return 10.0 * torch.log10(energy.clamp_min(10.0 ** (FLOOR_DB / 10.0)))

    def call(self, sound: torch.Tensor) -> torch.Tensor:
        """One whole call of the reference: (B, n) gives (B, T, 64), each item clamped to its own maximum - 120 dB."""
        return clamp_range(self.frames(sound))

    def chunks(self, sound: torch.Tensor, chunk_frames: int) -> torch.Tensor:
        """Continuous framing, as the app listens: (B, n) gives (B, C, chunk_frames, 64), whole chunks only, clamped each."""
        frames = self.frames(sound)
        count = frames.shape[1] // chunk_frames
        cut = frames[:, : count * chunk_frames].reshape(len(frames), count, chunk_frames, MELS)  # (B, C, T, 64)
        return clamp_range(cut)


def clamp_range(db: torch.Tensor) -> torch.Tensor:
    """(..., T, 64): each spectrogram raised to at least its maximum - 120 dB."""
    highest = db.amax(dim=(-2, -1), keepdim=True)
    return torch.maximum(db, highest - RANGE_DB)
