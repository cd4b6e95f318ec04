"""What the rows of unclear licence are worth: a small classifier on YAMNet's features, trained with and without them, judged on valid.

    python3 training/licence_probe.py

Far cheaper than training the networks twice, and the question is the same: do these rows teach what the others do not?
"""
from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from audio_store import AudioStore, load
from data import ALLOWED, balanced_shares, is_judged
from labels import load_classes
from metrics import mean_average_precision, top1_in_labels
from yamnet import YamNet

PATCH_SAMPLES = 15360


def embed(store: AudioStore, net: YamNet) -> tuple[torch.Tensor, torch.Tensor]:
    """(P, 1024) features of the first 20 s of every clip, and (P,) which clip."""
    features, owners, waiting = [], [], []
    for index, row in enumerate(store.rows):
        wave = torch.from_numpy(store.clip(row, 20 * 16000).astype(np.float32) / 32768)[None]
        count = max(1, round(wave.shape[1] / PATCH_SAMPLES))
        waiting.append(net.patches(F.pad(wave, (0, max(0, count * PATCH_SAMPLES - wave.shape[1]))))[0])
        owners += [index] * len(waiting[-1])
        if sum(len(w) for w in waiting) >= 256 or index == len(store.rows) - 1:
            features.append(net.embed(torch.cat(waiting)[:, None])[:, 0])
            waiting = []
    return torch.cat(features), torch.tensor(owners)


def train_probe(
    features: torch.Tensor, base: torch.Tensor, truth: torch.Tensor, owners: torch.Tensor, allowed: torch.Tensor, steps: int = 1500
) -> torch.Tensor:
    """Probabilities (P, K) of every patch after learning from the `allowed` (P,) ones."""
    torch.manual_seed(0)
    chosen = torch.where(allowed)[0]
    shares = torch.from_numpy(balanced_shares(truth[owners[chosen]].numpy()))
    net = nn.Sequential(nn.Linear(features.shape[1], 512), nn.GELU(), nn.Dropout(0.5), nn.Linear(512, truth.shape[1]))
    nn.init.zeros_(net[3].weight)
    nn.init.zeros_(net[3].bias)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for _ in range(steps):
        picked = chosen[torch.multinomial(shares, 256, replacement=True)]
        known = truth[owners[picked]]
        goal = torch.maximum(known, 0.5 * torch.sigmoid(base[picked]) * (1 - known))
        logits = net(features[picked]) + 0.5 * base[picked]
        loss = F.binary_cross_entropy_with_logits(logits, goal, reduction="none").sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval()
    with torch.no_grad():
        return torch.sigmoid(net(features) + 0.5 * base)


def main() -> None:
    torch.set_num_threads(2)
    store, classes = load(), load_classes()
    net = YamNet(dtype=torch.bfloat16)
    embedded, owners = embed(store, net)
    base = net.logits(embedded)
    features = ((embedded - embedded.mean(0)) / (embedded.std(0) + 0.05)).clamp(-6, 6)
    truth = torch.from_numpy(classes.targets(store.rows))
    judged = [i for i, row in enumerate(store.rows) if row.split == "valid" and is_judged(row)]
    flags = [row.flag if row.split == "train" else "" for row in store.rows]

    def report(name: str, scores: torch.Tensor) -> None:
        total = torch.zeros(len(store.rows), scores.shape[1]).index_add_(0, owners, scores)
        mean = (total / torch.bincount(owners, minlength=len(store.rows))[:, None]).numpy()
        for on, among in (("all judged clips", judged), ("of clear licence", [i for i in judged if store.rows[i].flag != "UNCLEAR"])):
            known = truth[among].numpy()
            figures = f"mAP {mean_average_precision(known, mean[among]):.3f}, top-1-in-labels {top1_in_labels(known, mean[among]):.3f}"
            print(f"{name}, {len(among)} clips ({on}): {figures}", flush=True)

    report("YAMNet alone", torch.sigmoid(base))
    for name, wanted in (("without UNCLEAR", set(ALLOWED) - {"UNCLEAR"}), ("with UNCLEAR", set(ALLOWED))):
        allowed = torch.tensor([flags[owner] in wanted for owner in owners.tolist()])
        report(name, train_probe(features, base, truth, owners, allowed))


if __name__ == "__main__":
    main()
