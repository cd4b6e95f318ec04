"""Stage (c): a streaming network learns chunk scores from the teacher and from the manifest's labels, memory carried along.

    python3 training/train.py --stage sat-2s            (a full run)
    python3 training/train.py --stage sat-1s --init .cache/training/sat-2s.pt --deadline 16:15

Stopped at any time and started again with the same words, it goes on from its last checkpoint in `.cache/training`.
"""
from __future__ import annotations

import argparse
import copy
import ctypes
import json
import math
import os
import random
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import safetensors
from audio_store import CACHE, AudioStore, load
from data import AugmentConfig, Batch, MixtureMaker, load_rooms, mask_mel, training_rows
from features import LogMel
from labels import load_classes
from metrics import mean_average_precision, top1_in_labels
from model import SAT_T_1S, SAT_T_2S, VIT_T_10S, NetworkConfig, Tagger, convert_state
from scoring import cut_clips, cut_windows, score_stream, score_windows
from yamnet import YamNet


AVERAGE_EVERY = 5


@dataclass(frozen=True)
class TrainConfig:
    """`chunks` consecutive chunks per example, each with its own loss; the memory between them is cut from the gradient."""

    name: str
    network: NetworkConfig
    chunks: int = 2
    window_frames: tuple[int, ...] = (192,)  # one of these per step; more than one for the full-context network only
    batch: int = 32
    steps: int = 20000
    peak_rate: float = 6e-4
    last_rate: float = 1e-5
    warm_up: int = 60
    weight_decay: float = 0.05
    drop_path: float = 0.05
    average: float = 0.998
    primed_share: float = 0.85
    teacher_fill: float = 0.5
    feature_weight: float = 30.0
    clip_norm: float = 3.0
    seed: int = 7
    augment: AugmentConfig = AugmentConfig()


STAGES = {
    "sat-2s": TrainConfig("sat-2s", SAT_T_2S),
    "sat-1s": TrainConfig("sat-1s", SAT_T_1S, chunks=4, window_frames=(96,), peak_rate=3e-4),
    "vit-10s": TrainConfig("vit-10s", VIT_T_10S, chunks=1, window_frames=(192, 288, 480, 1008), peak_rate=3e-4),
}


class Student(nn.Module):
    """The tagger and, while it learns, a map from its pooled tokens to what the teacher's last layer sees."""

    def __init__(self, config: TrainConfig, feature_width: int = 1024) -> None:
        super().__init__()
        self.tagger = Tagger(config.network, config.drop_path)
        self.features = nn.Linear(config.network.width, feature_width)

    def forward(
        self, mel: torch.Tensor, cache: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        encoded, cache = self.tagger.encode(self.tagger.tokens(mel), cache)
        pooled = self.tagger.pool(encoded)
        return self.tagger.outputlayer(pooled), self.features(pooled), cache


class Teacher:
    """Per chunk: what YAMNet scores, and what its last layer sees, each feature to a common scale."""

    def __init__(self) -> None:
        self.net = YamNet(dtype=torch.bfloat16)

    def __call__(self, sound: torch.Tensor, chunks: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, n) to (B, C, 521) probabilities and (B, C, 1024) features."""
        seen = self.net.embed(self.net.patches(sound))  # (B, P, 1024)
        scores = torch.sigmoid(self.net.logits(seen))  # (B, P, 521)
        per = seen.shape[1] // chunks
        seen = torch.log1p(seen)

        def chunked(x: torch.Tensor) -> torch.Tensor:
            return x[:, : per * chunks].reshape(len(x), chunks, per, -1).mean(dim=2)

        return chunked(scores), chunked(seen)


def targets(truth: torch.Tensor, teacher: torch.Tensor, fill: float) -> torch.Tensor:
    """Certain where the manifest has a label; elsewhere the teacher's score, discounted: an absent label was not verified, but
    most of what the teacher hears beside the labels is its mistake."""
    return truth + (1.0 - truth) * fill * teacher


class Trainer:
    def __init__(self, config: TrainConfig, store: AudioStore, folder: Path, init: Path | None, amp: bool = True) -> None:
        torch.manual_seed(config.seed)
        random.seed(config.seed)
        self.config, self.folder, self.amp = config, folder, amp
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.classes = load_classes()
        self.student = Student(config)
        if init is not None:
            self.student.tagger.load_state_dict(convert_state(read_weights(init), config.network), strict=True)
        self.student.to(self.device)
        self.worker = half_precision(self.student) if amp else self.student
        decayed = [p for p in self.student.parameters() if p.ndim >= 2]
        plain = [p for p in self.student.parameters() if p.ndim < 2]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=config.peak_rate, betas=(0.9, 0.98))
        self.average = {name: value.detach().clone() for name, value in self.student.state_dict().items()}
        self.teacher = Teacher()
        self.log_mel = LogMel()
        self.maker = MixtureMaker(store, training_rows(store), self.classes, config.augment, load_rooms(), config.seed)
        self.step = 0
        self.seconds = 0.0

    @property
    def path(self) -> Path:
        return self.folder / f"{self.config.name}.pt"

    def resume(self) -> bool:
        if not self.path.exists():
            return False
        saved = torch.load(self.path, map_location="cpu")
        self.student.load_state_dict(saved["student"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.average = {name: value.to(self.device) for name, value in saved["average"].items()}
        if self.worker is not self.student:
            copy_parameters(self.student, self.worker)
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.maker.rng.bit_generator.state = saved["mixtures"]
        torch.set_rng_state(saved["torch"])
        return True

    def save(self) -> None:
        saved = {
            "student": self.student.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "mixtures": self.maker.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
            "config": json.loads(json.dumps(asdict(self.config))),
        }
        torch.save(saved, self.path.with_suffix(".tmp"))
        os.replace(self.path.with_suffix(".tmp"), self.path)

    def rate(self, progress: float) -> float:
        """Warm-up, then half a cosine over the run."""
        config = self.config
        if self.step < config.warm_up:
            return config.peak_rate * (self.step + 1) / config.warm_up
        return config.last_rate + (config.peak_rate - config.last_rate) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))

    def train_step(self, progress: float) -> dict[str, float]:
        config = self.config
        frames = config.window_frames[int(self.maker.rng.integers(len(config.window_frames)))]
        size = max(4, config.batch * 192 // (config.chunks * frames)) if len(config.window_frames) > 1 else config.batch
        batch = self.maker.batch(size, config.chunks, frames)
        wanted, seen = self.teacher(batch.sound, config.chunks)
        wanted = targets(batch.truth, wanted, config.teacher_fill)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(progress)
        self.worker.train()
        score_loss, feature_loss = self.losses(batch, wanted, seen, frames)
        loss = score_loss + config.feature_weight * (1.0 - 0.8 * progress) * feature_loss
        self.worker.zero_grad(set_to_none=True)
        loss.backward()
        self.take_gradients()
        norm = nn.utils.clip_grad_norm_(self.student.parameters(), config.clip_norm)
        self.optimiser.step()
        self.step += 1
        if self.worker is not self.student:
            copy_parameters(self.student, self.worker)
        if self.step % AVERAGE_EVERY == 0:
            self.take_average()
        return {"score": float(score_loss), "feature": float(feature_loss), "norm": float(norm)}

    def take_gradients(self) -> None:
        """From the half-precision copy that ran to the float32 weights that learn."""
        if self.worker is not self.student:
            for own, ran in zip(self.student.parameters(), self.worker.parameters()):
                own.grad = None if ran.grad is None else ran.grad.float()

    def take_average(self) -> None:
        keep = min(self.config.average**AVERAGE_EVERY, (1.0 + self.step) / (10.0 * AVERAGE_EVERY + self.step))
        for name, value in self.student.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1.0 - keep)

    def losses(
        self, batch: Batch, wanted: torch.Tensor, seen: torch.Tensor, frames: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean over chunks of the summed binary cross-entropy, and of the distance to the teacher's features."""
        tagger = self.worker.tagger
        mel = self.log_mel.chunks(batch.sound * batch.gain, frames)  # (B, C, T, 64)
        fill = tagger.init_bn[1].running_mean.detach().cpu()
        mel = mask_mel(mel, fill, self.config.augment, self.maker.rng).to(self.device)
        primed = self.maker.rng.random() < self.config.primed_share
        cache = tagger.silence_cache(len(mel)) if primed else None
        score_loss = feature_loss = torch.zeros((), device=self.device)
        for chunk in range(mel.shape[1]):
            logits, features, cache = self.worker(mel[:, chunk], cache)
            goal = wanted[:, chunk].to(self.device)
            score_loss = score_loss + F.binary_cross_entropy_with_logits(logits.float(), goal, reduction="sum") / len(mel)
            feature_loss = feature_loss + F.mse_loss(features.float(), seen[:, chunk].to(self.device))
        return score_loss / mel.shape[1], feature_loss / mel.shape[1]

    def averaged(self) -> Tagger:
        """The tagger with averaged weights: what is measured and shipped."""
        tagger = Tagger(self.config.network)
        state = {name[len("tagger.") :]: value for name, value in self.average.items() if name.startswith("tagger.")}
        tagger.load_state_dict(state)
        return tagger.eval()


def half_precision(student: Student) -> Student:
    """A bfloat16 copy to run forward and backward; four times as fast on this kind of CPU. The input statistics stay float32."""
    worker = copy.deepcopy(student).to(torch.bfloat16)
    worker.tagger.init_bn.float()
    worker.tagger.init_bn.load_state_dict(student.tagger.init_bn.state_dict())
    return worker


@torch.no_grad()
def copy_parameters(source: Student, target: Student) -> None:
    for own, other in zip(source.parameters(), target.parameters()):
        other.copy_(own)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """A folder or file of the app (`model.safetensors`), or the averaged weights of one of our checkpoints."""
    if path.is_dir():
        path = path / "model.safetensors"
    if path.suffix == ".safetensors":
        return safetensors.load(path)
    average = torch.load(path, map_location="cpu")["average"]
    return {name[len("tagger.") :]: value for name, value in average.items() if name.startswith("tagger.")}


class Judge:
    """Clip mAP on the real clips of `valid`, their mels computed once."""

    def __init__(self, store: AudioStore, config: TrainConfig, limit: int | None = None) -> None:
        rows = [row for row in store.rows if row.split == "valid" and not row.synthetic][:limit]
        self.truth = load_classes().targets(rows)
        self.streaming = config.network.streaming
        self.clips = cut_clips(store, rows, config.network.target_frames) if self.streaming else cut_windows(store, rows)

    def __call__(self, tagger: Tagger, amp: bool = True) -> dict[str, float]:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=amp):
            scores = score_stream(tagger, self.clips) if self.streaming else score_windows(tagger, self.clips)
        mean = np.stack([clip.mean(axis=0) for clip in scores])
        return {"mAP": mean_average_precision(self.truth, mean), "top1": top1_in_labels(self.truth, mean)}


def seconds_until(clock: str | None) -> float | None:
    """`16:15` (UTC, today) from now; None without one."""
    if clock is None:
        return None
    hour, minute = (int(part) for part in clock.split(":"))
    now = datetime.now(timezone.utc)
    return (now.replace(hour=hour, minute=minute, second=0, microsecond=0) - now).total_seconds()


def run(trainer: Trainer, judge: Judge | None, deadline: str | None, judge_every_s: float, save_every_s: float) -> None:
    config = trainer.config
    left = seconds_until(deadline)
    began = time.time() - (trainer.seconds if left is not None else 0.0)
    total = None if left is None else trainer.seconds + left
    log = open(trainer.folder / f"{config.name}.log", "a", buffering=1)
    judged = saved = time.time()
    recent: list[dict[str, float]] = []

    def progress() -> float:
        by_steps = trainer.step / config.steps
        return by_steps if total is None else max(by_steps, (time.time() - began) / max(total, 1.0))

    def note(text: str) -> None:
        line = f"{datetime.now(timezone.utc):%H:%M:%S} {config.name} step {trainer.step} {text}"
        print(line, flush=True)
        log.write(line + "\n")

    while progress() < 1.0:
        started = time.time()
        recent.append(trainer.train_step(progress()))
        trainer.seconds += time.time() - started
        if trainer.step % 25 == 0:
            means = {key: float(np.mean([r[key] for r in recent])) for key in recent[0]}
            note(" ".join(f"{k} {v:.3f}" for k, v in means.items()) + f" {trainer.seconds / trainer.step:.2f} s/step progress {progress():.3f}")
            recent.clear()
        if time.time() - saved > save_every_s:
            trainer.save()
            saved = time.time()
        if judge is not None and time.time() - judged > judge_every_s:
            note(" ".join(f"{k} {v:.4f}" for k, v in judge(trainer.averaged()).items()))
            judged = time.time()
    trainer.save()
    if judge is not None:
        note("done " + " ".join(f"{k} {v:.4f}" for k, v in judge(trainer.averaged()).items()))


def keep_freed_memory() -> None:
    """Tells glibc to keep what is freed: handing tens of megabytes back to the kernel at each step took half the time here."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    for option, value in ((-4, 0), (-1, 2_000_000_000), (-2, 256_000_000)):  # mmap at most, trim, pad
        libc.mallopt(option, value)


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", choices=sorted(STAGES), required=True)
    parser.add_argument("--init", type=Path, help="weights to start from when there is no checkpoint yet")
    parser.add_argument("--deadline", help="HH:MM in UTC, today: the learning rate then reaches its end")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--judge-minutes", type=float, default=8.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = STAGES[args.stage]
    if args.steps is not None:
        config = replace(config, steps=args.steps)
    store = load()
    trainer = Trainer(config, store, CACHE, args.init)
    print("resumed" if trainer.resume() else "started", f"at step {trainer.step}", flush=True)
    run(trainer, Judge(store, config), args.deadline, 60.0 * args.judge_minutes, save_every_s=120.0)


if __name__ == "__main__":
    main()
