"""Writes a trained network as the app wants it: `model.safetensors` in half precision, and the facts its card is made of.

    python3 training/export.py sat-t-2s .cache/training/sat-2s.pt

fills `.cache/training/export/sat-t-2s`; `npx tsx scripts/make-models.ts` then makes the cards and puts the folders into public/models. The
card itself is made by the app's own code (src/core/model/make-model.ts), so that there is one place that knows its form.
"""
from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

import safetensors
from audio_store import CACHE
from labels import load_classes
from model import SAT_T_1S, SAT_T_2S, VIT_T_10S, NetworkConfig, Tagger
from train import read_weights

MODELS: dict[str, NetworkConfig] = {"sat-t-2s": SAT_T_2S, "sat-t-1s": SAT_T_1S, "vit-t-10s": VIT_T_10S}
POSITIONS = ("time_pos_embed", "freq_pos_embed", "cls_token", "token_pos_embed")


def to_storage(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Matrices and the convolution in float16; vectors, statistics and positions in float32, where rounding would show."""
    stored = {}
    for name, tensor in state.items():
        big = tensor.ndim >= 2 and name not in POSITIONS
        stored[name] = tensor.half() if big else tensor
        if not torch.isfinite(stored[name]).all():
            raise ValueError(f"{name} holds values that half precision cannot")
    return stored


def load_stored(path: Path, config: NetworkConfig) -> Tagger:
    tagger = Tagger(config)
    tagger.load_state_dict(safetensors.load(path), strict=True)
    return tagger.eval()


def self_check_segment(frames: int, turn: int) -> torch.Tensor:
    """(1, frames, 64) dB: the made-up sound of src/core/engine/self-check.ts."""
    frame = np.arange(frames)[:, None]
    mel = np.arange(64)[None]
    sweep = np.sin(mel / 5 + frame / (9 + 4 * turn))
    click = np.where((frame + 17 * turn) % 41 < 2, 18, 0)
    data = -38 + 22 * sweep * np.cos(frame / 31 - mel / 17) + click - mel / 4
    return torch.from_numpy(data.astype(np.float32))[None]


@torch.no_grad()
def self_check(tagger: Tagger) -> list[float]:
    """Probabilities of the second segment, the first in memory, as the app computes them at every load."""
    frames = tagger.config.target_frames // 16 * 16
    cache = tagger.silence_cache(1)
    for turn in (0, 1):
        logits, cache = tagger(self_check_segment(frames, turn), cache)
    return torch.sigmoid(logits)[0].tolist()


def training_of(path: Path) -> dict | None:
    """How long one of our checkpoints was trained, this stage alone; None for anything else."""
    if path.suffix != ".pt":
        return None
    saved = torch.load(path, map_location="cpu")
    return {"steps": saved["step"], "hours": round(saved["seconds"] / 3600, 3)}


def export(
    name: str, state: dict[str, torch.Tensor], folder: Path, config: NetworkConfig, training: dict | None = None
) -> Path:
    """Writes both files; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.safetensors"
    safetensors.save(to_storage(state), path)
    classes = load_classes()
    facts = {
        "id": name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "heads": config.heads,
        "labels": {"mids": classes.mids, "names": classes.names},
        "selfCheckInTorch": self_check(load_stored(path, config)),
        "training": training,
    }
    (folder / "facts.json").write_text(json.dumps(facts))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(MODELS))
    parser.add_argument("weights", type=Path, help="a checkpoint of train.py, or a folder with model.safetensors")
    parser.add_argument("--out", type=Path, default=CACHE / "export")
    args = parser.parse_args()
    state = read_weights(args.weights)
    print(export(args.name, state, args.out / args.name, MODELS[args.name], training_of(args.weights)))


if __name__ == "__main__":
    main()
