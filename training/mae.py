"""Stage (a): masked-autoencoder pre-training. Of a 10 s spectrogram the network sees a quarter of the patches; a small decoder,
thrown away afterwards, has to draw the rest. No labels, no teacher.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from model import BANDS, PATCH, Block, NetworkConfig, Tagger


class MaskedAutoencoder(nn.Module):
    """`tagger` is what is kept. Needs a full-context network: one window, no memory."""

    def __init__(self, network: NetworkConfig, drop_path: float = 0.0, width: int = 128, depth: int = 2) -> None:
        super().__init__()
        self.tagger = Tagger(network, drop_path)
        small = NetworkConfig(family="full-context", width=width, depth=depth, heads=width // 64, target_frames=network.target_frames, cache_frames=0)
        self.enter = nn.Linear(network.width, width)
        self.hidden = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, BANDS * network.time_positions, width) * 0.02)
        self.blocks = nn.ModuleList(Block(small) for _ in range(depth))
        self.leave = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, PATCH * PATCH))

    def forward(self, mel: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """mel (B, T, 64) dB, seen (S,) token indices in order: mean squared error of the hidden patches, each to its own scale."""
        tokens = self.tagger.tokens(mel)  # (B, N, D)
        count = tokens.shape[1]
        encoded, _ = self.tagger.encode(tokens[:, seen])  # (B, S, D)
        known = self.enter(encoded)
        full = self.hidden.to(known.dtype).repeat(len(mel), count, 1).index_copy(1, seen, known)  # (B, N, W)
        full = full + self._places(count)
        for block in self.blocks:
            full = block(full)
        drawn = self.leave(full).float()  # (B, N, 256)
        truth = patches_of(self.tagger.normalise(mel))
        truth = (truth - truth.mean(-1, keepdim=True)) / (truth.var(-1, keepdim=True) + 1e-6).sqrt()
        missing = torch.ones(count, dtype=torch.bool, device=mel.device).index_fill(0, seen, False)
        return F.mse_loss(drawn[:, missing], truth[:, missing])

    def _places(self, count: int) -> torch.Tensor:
        """Positions of a shorter window: the first columns of each band."""
        grid = self.places.reshape(1, BANDS, -1, self.places.shape[-1])
        return grid[:, :, : count // BANDS].flatten(1, 2)


def patches_of(image: torch.Tensor) -> torch.Tensor:
    """(B, T, 64) to (B, 4 t, 256), in the order of the tokens."""
    batch, frames, _ = image.shape
    columns = frames // PATCH
    cut = image[:, : columns * PATCH].transpose(1, 2).reshape(batch, BANDS, PATCH, columns, PATCH)
    return cut.permute(0, 1, 3, 2, 4).reshape(batch, BANDS * columns, PATCH * PATCH)


def choose_seen(count: int, hidden_share: float, generator: torch.Generator | None = None) -> torch.Tensor:
    """(S,) sorted indices of the tokens that stay."""
    kept = max(1, round(count * (1.0 - hidden_share)))
    return torch.randperm(count, generator=generator)[:kept].sort().values
