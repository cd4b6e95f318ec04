"""The networks of ../shared/parity/SPEC.md: streaming (SAT) and full-context (ViT) audio taggers.

One class for both families. Parameter names and shapes are those of SPEC section 10, so that a state dict of the original, of
the app (`model.safetensors`) and of this file are one and the same. B clips, T frames, t = T // 16 patch columns, N = 4 t
tokens, D width, L layers, c cached tokens, K classes.
"""
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

PATCH = 16
BANDS = 4


@dataclass(frozen=True)
class NetworkConfig:
    """`target_frames`: one segment; `cache_frames`: what is remembered, 0 for the full-context family."""

    family: str = "streaming"
    width: int = 192
    depth: int = 12
    heads: int = 3
    classes: int = 521
    pooling: str = "mean"
    target_frames: int = 192
    cache_frames: int = 192

    def __post_init__(self) -> None:
        if self.family not in ("streaming", "full-context"):
            raise ValueError(f"family must be streaming or full-context, got {self.family!r}")
        if self.pooling not in ("mean", "token"):
            raise ValueError(f"pooling must be mean or token, got {self.pooling!r}")

    @property
    def streaming(self) -> bool:
        return self.family == "streaming"

    @property
    def time_positions(self) -> int:
        return (self.target_frames + self.cache_frames) // PATCH

    @property
    def capacity(self) -> int:
        """Tokens the cache holds per layer."""
        return BANDS * (self.cache_frames // PATCH)


SAT_T_2S = NetworkConfig()
SAT_T_1S = NetworkConfig(target_frames=96, cache_frames=96)
VIT_T_10S = NetworkConfig(family="full-context", target_frames=1012, cache_frames=0)


class LayerNorm(nn.LayerNorm):
    """In float32 whatever comes in: more exact, and ten times as fast as PyTorch 1.13's own in bfloat16 on a CPU."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dtype == torch.float32:
            return super().forward(x)
        return F.layer_norm(x.float(), self.normalized_shape, self.weight.float(), self.bias.float(), self.eps).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.streaming = config.streaming
        if self.streaming:
            self.to_q = nn.Linear(width, width)
            self.to_kv = nn.Linear(width, 2 * width)
        else:
            self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None) -> torch.Tensor:
        """x (B, N, D) asks; memory (B, c, D), if any, and x answer."""
        batch, count, width = x.shape
        if self.streaming:
            q = self.to_q(x)  # (B, N, D)
            context = x if memory is None else torch.cat([memory, x], dim=1)  # (B, c + N, D)
            k, v = self.to_kv(context).chunk(2, dim=-1)
        else:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (self._split(part) for part in (q, k, v))  # (B, H, *, hd)
        weights = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)  # (B, H, N, c + N)
        mixed = weights.softmax(dim=-1).to(v.dtype) @ v  # (B, H, N, hd)
        return self.proj(mixed.transpose(1, 2).reshape(batch, count, width))

    def _split(self, part: torch.Tensor) -> torch.Tensor:
        batch, count, width = part.shape
        return part.reshape(batch, count, self.heads, width // self.heads).transpose(1, 2)


class Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, config: NetworkConfig, drop_path: float = 0.0) -> None:
        super().__init__()
        self.norm1 = LayerNorm(config.width, eps=1e-6)
        self.attn = Attention(config)
        self.norm2 = LayerNorm(config.width, eps=1e-6)
        self.mlp = Mlp(config.width)
        self.drop_path = drop_path

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None = None) -> torch.Tensor:
        remembered = None if memory is None else self.norm1(memory)
        x = x + self._maybe(self.attn(self.norm1(x), remembered))
        return x + self._maybe(self.mlp(self.norm2(x)))

    def _maybe(self, branch: torch.Tensor) -> torch.Tensor:
        """Stochastic depth, training only: some clips skip this branch."""
        if not self.training or self.drop_path == 0.0:
            return branch
        kept = torch.rand(len(branch), 1, 1, device=branch.device) >= self.drop_path
        return branch * kept.to(branch.dtype) / (1.0 - self.drop_path)


class PatchEmbed(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, width, kernel_size=PATCH, stride=PATCH)


class Tagger(nn.Module):
    """`forward(mel, cache)` gives logits and the next cache. Logits before the sigmoid, which the app applies."""

    def __init__(self, config: NetworkConfig, drop_path: float = 0.0) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.time_pos_embed = nn.Parameter(torch.randn(1, width, 1, config.time_positions) * 0.02)
        self.freq_pos_embed = nn.Parameter(torch.randn(1, width, BANDS, 1) * 0.02)
        if config.pooling == "token":
            self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
            self.token_pos_embed = nn.Parameter(torch.randn(1, width) * 0.02)
        self.init_bn = nn.Sequential(nn.Identity(), nn.BatchNorm2d(BANDS * PATCH, eps=1e-5))
        self.patch_embed = PatchEmbed(width)
        rates = torch.linspace(0.0, drop_path, config.depth).tolist()
        self.blocks = nn.ModuleList(Block(config, rate) for rate in rates)
        self.norm = LayerNorm(width, eps=1e-6)
        self.outputlayer = nn.Sequential(LayerNorm(width, eps=1e-5), nn.Linear(width, config.classes))

    def normalise(self, mel: torch.Tensor) -> torch.Tensor:
        """(B, T, 64) dB to the same shape, each mel band to its own statistics; these are stored, never learned on the way."""
        bn = self.init_bn[1]
        scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
        return (mel - bn.running_mean) * scale + bn.bias

    def tokens(self, mel: torch.Tensor) -> torch.Tensor:
        """(B, T, 64) dB to (B, 4 t, D) with positions, frequency-major; a class token first where there is one."""
        columns = mel.shape[1] // PATCH
        if columns == 0:
            raise ValueError(f"a segment needs at least {PATCH} frames, got {mel.shape[1]}")
        if columns > self.config.time_positions:
            raise ValueError(f"{columns} patch columns, but only {self.config.time_positions} time positions")
        image = self.normalise(mel)[:, : columns * PATCH].transpose(1, 2)  # (B, 64, 16 t)
        patches = image.reshape(len(mel), BANDS, PATCH, columns, PATCH).permute(0, 1, 3, 2, 4)  # (B, 4, t, 16, 16)
        # The convolution as one matrix product: its stride is its size.
        proj = self.patch_embed.proj
        x = patches.reshape(len(mel), BANDS * columns, PATCH * PATCH).to(proj.weight.dtype)
        x = F.linear(x, proj.weight.flatten(1), proj.bias)  # (B, 4 t, D)
        x = x + self.positions(slice(0, columns))  # (B, 4 t, D)
        if self.config.pooling == "token":
            first = (self.cls_token + self.token_pos_embed).expand(len(x), -1, -1)
            x = torch.cat([first.to(x.dtype), x], dim=1)
        return x

    def positions(self, columns: slice) -> torch.Tensor:
        """(1, 4 m, D): frequency plus time position of a grid of m columns."""
        grid = self.freq_pos_embed + self.time_pos_embed[..., columns]  # (1, D, 4, m)
        return grid.flatten(2).transpose(1, 2)

    def encode(
        self, x: torch.Tensor, cache: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Tokens (B, N, D) and a cache (L, B, c, D) to normed tokens (B, N, D) and the next cache, cut from the gradient."""
        if cache is not None and cache.shape[2] > 0:
            cache = self._place(cache)
        else:
            cache = None
        inputs = []
        for i, block in enumerate(self.blocks):
            if self.config.streaming:
                inputs.append(x.detach())
            x = block(x, None if cache is None else cache[i])
        if not self.config.streaming:
            return self.norm(x), None
        fresh = torch.stack([part.to(inputs[0].dtype) for part in inputs])  # (L, B, N, D)
        kept = fresh if cache is None else torch.cat([cache.to(fresh.dtype), fresh], dim=2)
        return self.norm(x), kept[:, :, -self.config.capacity :]

    def _place(self, cache: torch.Tensor) -> torch.Tensor:
        """Layer 0 of the cache gets the last time positions on top (SPEC section 5 step 2)."""
        count = cache.shape[2]
        if count % BANDS:
            raise ValueError(f"the cache must hold a multiple of {BANDS} tokens, got {count}")
        last = self.config.time_positions
        placed = cache[0] + self.positions(slice(last - count // BANDS, last))
        return torch.cat([placed[None].to(cache.dtype), cache[1:]])

    def pool(self, x: torch.Tensor) -> torch.Tensor:
        """(B, N, D) to (B, D)."""
        return x[:, 0] if self.config.pooling == "token" else x.mean(dim=1)

    def forward(
        self, mel: torch.Tensor, cache: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """One segment: mel (B, T, 64) dB, cache (L, B, c, D) or None, to logits (B, K) and the next cache."""
        encoded, cache = self.encode(self.tokens(mel), cache)
        return self.outputlayer(self.pool(encoded)), cache

    def silence_cache(self, batch: int) -> torch.Tensor | None:
        """What is remembered after one segment of digital silence: every stream starts from it. Without gradient."""
        if not self.config.streaming:
            return None
        device = self.time_pos_embed.device
        silent = torch.full((1, self.config.cache_frames, BANDS * PATCH), -100.0, device=device)
        with torch.no_grad():
            _, cache = self.encode(self.tokens(silent))
        return cache.expand(-1, batch, -1, -1)


def convert_state(state: dict[str, torch.Tensor], config: NetworkConfig) -> dict[str, torch.Tensor]:
    """Weights of one of our networks made to fit another of the same width and depth: a warm start, not a rule of the SPEC."""
    state = {name: tensor.clone() for name, tensor in state.items()}
    for i in range(config.depth):
        prefix = f"blocks.{i}.attn."
        for kind in ("weight", "bias"):
            if config.streaming and f"{prefix}qkv.{kind}" in state:
                joined = state.pop(f"{prefix}qkv.{kind}")
                state[f"{prefix}to_q.{kind}"] = joined[: config.width]
                state[f"{prefix}to_kv.{kind}"] = joined[config.width :]
            elif not config.streaming and f"{prefix}to_q.{kind}" in state:
                parts = [state.pop(f"{prefix}to_q.{kind}"), state.pop(f"{prefix}to_kv.{kind}")]
                state[f"{prefix}qkv.{kind}"] = torch.cat(parts)
    state["time_pos_embed"] = fit_positions(state["time_pos_embed"], config)
    return state


def fit_positions(table: torch.Tensor, config: NetworkConfig) -> torch.Tensor:
    """(1, D, 1, P) for another P: new sound keeps the positions it has; a longer window repeats them; a cache without any gets those
    of new sound."""
    have, want = table.shape[-1], config.time_positions
    if have == want:
        return table
    heard = table[..., : have // 2] if have % 12 == 0 else table  # 24 and 12 are streaming tables: half is the cache's
    remembered = table[..., have // 2 :] if have % 12 == 0 else table
    if config.streaming:
        return torch.cat([heard[..., : want // 2], remembered[..., : want // 2]], dim=-1)
    return heard.repeat(1, 1, 1, -(-want // heard.shape[-1]))[..., :want]
