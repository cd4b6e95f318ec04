"""The training loop: masked patches (a), whole windows (b), consecutive chunks with the memory carried along (c).

    python3 training/train.py --stage all               (everything, each stage from the one before)
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
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import safetensors
from audio_store import CACHE, RATE_HZ, AudioStore, load
from config import STAGES, TrainConfig
from data import is_judged
from features import LogMel
from lessons import Lesson, LessonMaker, LessonProcess
from labels import load_classes
from metrics import mean_average_precision, top1_in_labels
from mae import MaskedAutoencoder, choose_seen
from model import BANDS, PATCH, Tagger, convert_state
from scoring import cut_clips, cut_windows, score_stream, score_windows


AVERAGE_EVERY = 5


class Student(nn.Module):
    """The tagger and, while it learns, a map from its pooled tokens to what the teacher's last layer sees."""

    def __init__(self, config: TrainConfig, feature_width: int = 1024) -> None:
        super().__init__()
        self.tagger = Tagger(config.network, config.drop_path)
        self.features = nn.Linear(config.network.width, feature_width)
        # How the teacher's features are distributed, measured on the way: most are near zero nearly always.
        self.register_buffer("feature_mean", torch.zeros(feature_width))
        self.register_buffer("feature_spread", torch.ones(feature_width))
        # A class token or a memory in its right places leaves nothing to drop.
        self.patch_out = 0.0 if config.network.streaming or config.network.pooling == "token" else config.patch_out

    def forward(
        self, mel: torch.Tensor, cache: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        tokens = self.tagger.tokens(mel)  # (B, N, D)
        if self.training and self.patch_out > 0.0:
            tokens = tokens[:, choose_seen(tokens.shape[1], self.patch_out).to(tokens.device)]
        encoded, cache = self.tagger.encode(tokens, cache)
        pooled = self.tagger.pool(encoded)
        return self.tagger.outputlayer(pooled), self.features(pooled), cache

    @torch.no_grad()
    def standardise(self, seen: torch.Tensor, turn: int) -> torch.Tensor:
        """(B, C, F) features of the teacher, each to about its own mean and spread, measured over some fifty steps."""
        flat = seen.flatten(0, 1)
        share = max(0.02, 1.0 / (turn + 1.0))
        self.feature_mean.lerp_(flat.mean(dim=0), share)
        self.feature_spread.lerp_((flat - self.feature_mean).square().mean(dim=0).sqrt(), share)
        return ((seen - self.feature_mean) / (self.feature_spread + 0.05)).clamp(-6.0, 6.0)


class Trainer:
    def __init__(
        self,
        config: TrainConfig,
        lessons: LessonMaker | LessonProcess,
        folder: Path,
        init: Path | None = None,
        half: bool = True,
    ) -> None:
        """`half`: run in bfloat16, learn in float32."""
        torch.manual_seed(config.seed)
        random.seed(config.seed)
        self.config, self.folder = config, folder
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.student = MaskedAutoencoder(config.network) if config.kind == "masked" else Student(config)
        if init is not None:
            self.student.tagger.load_state_dict(convert_state(read_weights(init), config.network), strict=True)
            if isinstance(self.student, Student):
                self.student.load_state_dict(read_teacher_side(init), strict=False)
        self.student.to(self.device)
        self.worker = half_precision(self.student) if half else self.student
        decayed = [p for p in self.student.parameters() if p.ndim >= 2]
        plain = [p for p in self.student.parameters() if p.ndim < 2]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=config.peak_rate, betas=(0.9, 0.98))
        self.average = {name: value.detach().clone() for name, value in self.student.state_dict().items()}
        self.lessons = lessons
        self.heard: dict | None = None
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
        self.heard = saved["mixtures"]
        if self.heard is not None:
            self.lessons.continue_from(self.heard)
        torch.set_rng_state(saved["torch"])
        return True

    def save(self) -> None:
        saved = {
            "student": self.student.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "mixtures": self.heard,
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
        lesson = self.lessons.next()
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(progress)
        self.worker.train()
        losses = self.masked_loss(lesson) if config.kind == "masked" else self.tag_losses(lesson)
        # The teacher's features lead at first and its scores and the labels later.
        weights = {"feature": config.feature_weight * (1.0 - 0.8 * min(1.0, progress))}
        loss = sum(weights.get(name, 1.0) * value for name, value in losses.items())
        self.worker.zero_grad(set_to_none=True)
        loss.backward()
        self.take_gradients()
        norm = nn.utils.clip_grad_norm_(self.student.parameters(), config.clip_norm)
        self.optimiser.step()
        self.step += 1
        self.heard = lesson.after
        if self.worker is not self.student:
            copy_parameters(self.student, self.worker)
        if self.step % AVERAGE_EVERY == 0:
            self.take_average()
        return {**{name: float(value) for name, value in losses.items()}, "norm": float(norm)}

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

    def masked_loss(self, lesson: Lesson) -> dict[str, torch.Tensor]:
        """Every chunk on its own: what the hidden patches were."""
        mel = lesson.mel.flatten(0, 1).to(self.device)  # (B C, T, 64)
        seen = choose_seen(BANDS * (mel.shape[1] // PATCH), self.config.hidden_share)
        return {"masked": self.worker(mel, seen.to(self.device))}

    def tag_losses(self, lesson: Lesson) -> dict[str, torch.Tensor]:
        """Mean over chunks of the summed binary cross-entropy, and of the distance to the teacher's features."""
        assert lesson.wanted is not None and lesson.seen is not None
        mel, wanted, seen = (part.to(self.device) for part in (lesson.mel, lesson.wanted, lesson.seen))
        seen = self.student.standardise(seen, self.step)
        cache = self.worker.tagger.silence_cache(len(mel)) if lesson.primed else None
        score_loss = feature_loss = torch.zeros((), device=self.device)
        for chunk in range(mel.shape[1]):
            logits, features, cache = self.worker(mel[:, chunk], cache)
            entropy = F.binary_cross_entropy_with_logits(logits.float(), wanted[:, chunk], reduction="sum")
            score_loss = score_loss + entropy / len(mel)
            feature_loss = feature_loss + F.mse_loss(features.float(), seen[:, chunk])
        return {"score": score_loss / mel.shape[1], "feature": feature_loss / mel.shape[1]}

    def averaged(self) -> Tagger:
        """The tagger with averaged weights: what is measured and shipped."""
        tagger = Tagger(self.config.network)
        state = {name[len("tagger.") :]: value for name, value in self.average.items() if name.startswith("tagger.")}
        tagger.load_state_dict(state)
        return tagger.eval()


def half_precision(student: nn.Module) -> nn.Module:
    """A bfloat16 copy to run forward and backward; four times as fast on this kind of CPU. The input statistics stay float32."""
    worker = copy.deepcopy(student).to(torch.bfloat16)
    worker.tagger.init_bn.float()
    worker.tagger.init_bn.load_state_dict(student.tagger.init_bn.state_dict())
    return worker


@torch.no_grad()
def copy_parameters(source: nn.Module, target: nn.Module) -> None:
    """The input statistics too, which are no parameters."""
    for own, other in zip(source.state_dict().values(), target.state_dict().values()):
        other.copy_(own)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """A folder or file of the app (`model.safetensors`), or the averaged weights of one of our checkpoints."""
    if path.is_dir():
        path = path / "model.safetensors"
    if path.suffix == ".safetensors":
        return safetensors.load(path)
    average = torch.load(path, map_location="cpu")["average"]
    return {name[len("tagger.") :]: value for name, value in average.items() if name.startswith("tagger.")}


def read_teacher_side(path: Path) -> dict[str, torch.Tensor]:
    """What one of our checkpoints knows of the teacher's features; empty for anything else."""
    if path.suffix != ".pt":
        return {}
    average = torch.load(path, map_location="cpu")["average"]
    return {name: value for name, value in average.items() if name.startswith("feature")}


class Judge:
    """Clip mAP on the real clips of `valid`, their mels computed once."""

    def __init__(self, store: AudioStore, config: TrainConfig, limit: int | None = None) -> None:
        rows = [row for row in store.rows if row.split == "valid" and is_judged(row)][:limit]
        self.truth = load_classes().targets(rows)
        self.streaming = config.network.streaming
        sounds = [store.clip(row, 20 * RATE_HZ) for row in rows]
        self.clips = cut_clips(sounds, config.network.target_frames) if self.streaming else cut_windows(sounds, LogMel())

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
    log = trainer.folder / f"{config.name}.log"
    judged = saved = time.time()
    recent: list[dict[str, float]] = []

    def progress() -> float:
        by_steps = trainer.step / config.steps
        return by_steps if total is None else max(by_steps, (time.time() - began) / max(total, 1.0))

    def note(text: str) -> None:
        line = f"{datetime.now(timezone.utc):%H:%M:%S} {config.name} step {trainer.step} {text}"
        print(line, flush=True)
        with open(log, "a") as file:
            file.write(line + "\n")

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
    parser.add_argument("--stage", choices=[*STAGES, "all"], required=True)
    parser.add_argument("--init", type=Path, help="weights to start from when there is no checkpoint yet")
    parser.add_argument("--deadline", help="HH:MM in UTC, today: the learning rate then reaches its end")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--peak-rate", type=float, help="instead of the stage's own: lower to go on from good weights")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--judge-minutes", type=float, default=8.0)
    args = parser.parse_args()
    if args.stage == "all" and args.deadline is not None:
        parser.error("--deadline ends one stage; with --stage all, --steps says how long each is")
    torch.set_num_threads(args.threads)
    store = load()
    init = args.init
    for name in STAGES if args.stage == "all" else [args.stage]:
        config = replace(STAGES[name], steps=args.steps or STAGES[name].steps, peak_rate=args.peak_rate or STAGES[name].peak_rate)
        lessons = LessonProcess(config)
        trainer = Trainer(config, lessons, CACHE, init)
        print("resumed" if trainer.resume() else "started", f"at step {trainer.step}", flush=True)
        judge = Judge(store, config) if config.kind == "tags" else None
        run(trainer, judge, args.deadline, 60.0 * args.judge_minutes, save_every_s=120.0)
        lessons.close()
        init = trainer.path


if __name__ == "__main__":
    main()
