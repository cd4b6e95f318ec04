"""What is trained and how: one frozen dataclass per stage. Change a copy (`dataclasses.replace`), not these."""
from __future__ import annotations

from dataclasses import dataclass

from data import AugmentConfig
from model import SAT_T_1S, SAT_T_2S, VIT_T_10S, NetworkConfig


@dataclass(frozen=True)
class TrainConfig:
    """`chunks` consecutive chunks per example, each with its own loss; the memory between them is cut from the gradient."""

    name: str
    network: NetworkConfig
    kind: str = "tags"  # or "masked": stage (a), which learns to draw hidden patches
    chunks: int = 2
    window_frames: tuple[int, ...] = (192,)  # frames of a chunk, one of these per step; several for full-context networks only
    batch: int = 32
    steps: int = 20000
    peak_rate: float = 6e-4
    last_rate: float = 1e-5
    warm_up: int = 60
    weight_decay: float = 0.05
    drop_path: float = 0.0
    average: float = 0.992  # per step, of the weights that are measured and shipped
    primed_share: float = 0.85  # of steps that start from silence, as the app does; the others start with nothing remembered
    teacher_fill: float = 0.5
    feature_weight: float = 20.0  # of the mean squared error of standardised features
    patch_out: float = 0.0  # share of tokens left out while learning, full-context only
    hidden_share: float = 0.75  # stage (a)
    clip_norm: float = 3.0
    seed: int = 7
    augment: AugmentConfig = AugmentConfig()


# In the order in which each starts from the one before.
STAGES = {
    "mae": TrainConfig("mae", VIT_T_10S, kind="masked", chunks=1, window_frames=(1008,), batch=24, peak_rate=8e-4),
    "vit-10s": TrainConfig(
        "vit-10s", VIT_T_10S, chunks=1, window_frames=(192, 288, 480, 1008), batch=64, peak_rate=3e-4, patch_out=0.25
    ),
    "sat-2s": TrainConfig("sat-2s", SAT_T_2S),
    "sat-1s": TrainConfig("sat-1s", SAT_T_1S, chunks=4, window_frames=(96,), peak_rate=3e-4),
}
