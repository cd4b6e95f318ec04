"""The original's stored inputs and outputs: the part in fixtures/parity, or all of ../shared/parity with EARSHOT_PARITY=full."""
from __future__ import annotations

import hashlib
import json
import os
import struct
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from features import LogMel  # noqa: E402
from model import NetworkConfig, Tagger  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
FULL = ROOT.parent / "shared" / "parity"
FOLDER = FULL if os.environ.get("EARSHOT_PARITY") == "full" and FULL.exists() else ROOT / "fixtures" / "parity"

# PyTorch 2.6 and later read nothing but tensors unless told otherwise; 1.13 cannot read the plain floats beside them that way.
LOAD_OPTIONS = {} if torch.__version__.startswith("1.") else {"weights_only": False}


def manifest() -> dict:
    return json.loads((FOLDER / "manifest.json").read_text())


def array(reference: dict) -> np.ndarray:
    count = int(np.prod(reference["shape"]))
    flat = np.fromfile(FOLDER / reference["file"], "<f4", count, offset=4 * reference["offset"])
    return flat.reshape(reference["shape"])


def sound(name: str, entries: dict) -> torch.Tensor:
    """(1, n) of an input's WAV: 32-bit float, or 16-bit integers."""
    data = (FOLDER / entries["inputs"][name]["file"]).read_bytes()
    at = 12
    while data[at : at + 4] != b"data":
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]
    (size,) = struct.unpack_from("<I", data, at + 4)
    whole = struct.unpack_from("<H", data, 20)[0] == 1
    samples = np.frombuffer(data, "<i2", size // 2, at + 8) / 32768 if whole else np.frombuffer(data, "<f4", size // 4, at + 8)
    return torch.from_numpy(samples.astype(np.float32))[None]


def tagger(name: str, entries: dict) -> Tagger:
    """One of the stored networks: random weights, every tensor of ours filled from its file."""
    entry = entries["models"][name]
    config = entry["config"]
    network = NetworkConfig(
        family="streaming" if config["family"] == "streaming" else "full-context",
        width=config["embed_dim"],
        depth=config["depth"],
        heads=config["num_heads"],
        classes=config["num_classes"],
        pooling=config["pooling"],
        target_frames=config["target_length_frames"],
        cache_frames=config.get("cache_length_frames") or 0,
    )
    path = FOLDER / entry["checkpoint"]
    # A pickle can hold code: only the very file that the manifest names is opened.
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        raise ValueError(f"{path} is not the file of the manifest")
    saved = torch.load(path, map_location="cpu", **LOAD_OPTIONS)
    state = {key: value for key, value in saved["model"].items() if not key.startswith("front_end.")}
    model = Tagger(network)
    model.load_state_dict(state, strict=True)
    return model.eval()


@torch.no_grad()
def score_call(
    model: Tagger, piece: torch.Tensor, cache: torch.Tensor | None, log_mel: LogMel
) -> tuple[np.ndarray, torch.Tensor | None]:
    """One call of the original (SPEC section 6): (1, n) samples to (K,) probabilities and the next cache."""
    mel = log_mel.call(piece)  # (1, T, 64)
    target = model.config.target_frames
    segments = [mel] if mel.shape[1] <= target else list(mel.split(target, dim=1))
    if len(segments) > 1 and segments[-1].shape[1] < target:
        segments.pop()
    scores = []
    for segment in segments:
        logits, cache = model(segment, cache)
        scores.append(torch.sigmoid(logits)[0].numpy())
    return np.mean(scores, axis=0), cache


def run_case(model: Tagger, case: dict, wave: torch.Tensor) -> np.ndarray:
    """(chunks, K)."""
    log_mel = LogMel()
    cache = model.silence_cache(1) if case["cache_init"] == "silence" else None
    length = case["chunk_samples"] if case["mode"] == "stream" else wave.shape[1]
    scores = []
    for piece in wave.split(length, dim=1):
        if piece.shape[1] < 2400:
            break
        row, cache = score_call(model, piece, cache, log_mel)
        scores.append(row)
    return np.stack(scores)
