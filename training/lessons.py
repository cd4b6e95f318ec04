"""A lesson is one step's input, ready to learn from: mixtures heard by the teacher, and what the student gets of them.

Lessons are made here or in a process of their own (`LessonProcess`): two processes of one thread each lose little where one with two
threads stands still, on a machine that others use as well. Either way the n-th lesson of a seed is the same.
"""
from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass
from queue import Empty, Full
from typing import Protocol

import numpy as np
import torch

from audio_store import AudioStore, load
from config import TrainConfig
from data import MixtureMaker, load_rooms, mask_mel, training_rows
from features import LogMel
from labels import load_classes
from yamnet import YamNet


@dataclass(frozen=True)
class Lesson:
    """`after`: the generator's state behind this lesson, from which the next is made."""

    mel: torch.Tensor  # (B, C, T, 64) dB, masked
    wanted: torch.Tensor | None  # (B, C, K); None in stage (a), which needs no teacher
    seen: torch.Tensor | None  # (B, C, 1024)
    primed: bool
    after: dict


class TeacherLike(Protocol):
    def __call__(self, sound: torch.Tensor, chunks: int) -> tuple[torch.Tensor, torch.Tensor]: ...


class Teacher:
    """Per chunk: what YAMNet scores, and what its last layer sees, each feature to a common scale."""

    def __init__(self) -> None:
        self.net = YamNet(dtype=torch.bfloat16)

    def __call__(self, sound: torch.Tensor, chunks: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, n) to (B, C, 521) probabilities and (B, C, 1024) features."""
        seen = self.net.embed(self.net.patches(sound))  # (B, P, 1024)
        scores = torch.sigmoid(self.net.logits(seen))  # (B, P, 521)
        per = seen.shape[1] // chunks

        def chunked(x: torch.Tensor) -> torch.Tensor:
            return x[:, : per * chunks].reshape(len(x), chunks, per, -1).mean(dim=2)

        return chunked(scores), chunked(torch.log1p(seen))


def targets(truth: torch.Tensor, teacher: torch.Tensor, fill: float) -> torch.Tensor:
    """Certain where the manifest has a label; elsewhere the teacher's score, discounted: an absent label was not verified, but
    most of what the teacher hears beside the labels is its mistake."""
    return truth + (1.0 - truth) * fill * teacher


class LessonMaker:
    """Makes lessons where it is asked."""

    def __init__(
        self, config: TrainConfig, store: AudioStore, teacher: TeacherLike | None = None, rooms: list[np.ndarray] | None = None
    ) -> None:
        self.config = config
        self.teacher = Teacher() if teacher is None and config.kind == "tags" else teacher
        rooms = load_rooms() if rooms is None else rooms
        self.maker = MixtureMaker(store, training_rows(store), load_classes(), config.augment, rooms, config.seed)
        self.log_mel = LogMel()

    def continue_from(self, state: dict) -> None:
        self.maker.rng.bit_generator.state = state

    def next(self) -> Lesson:
        config, rng = self.config, self.maker.rng
        frames = config.window_frames[int(rng.integers(len(config.window_frames)))]
        # Longer windows, fewer of them: a step costs about the same.
        several = len(config.window_frames) > 1
        size = max(4, config.batch * 192 // (config.chunks * frames)) if several else config.batch
        batch = self.maker.batch(size, config.chunks, frames)
        wanted = seen = None
        if config.kind == "tags":
            assert self.teacher is not None
            scores, seen = self.teacher(batch.sound, config.chunks)
            wanted = targets(batch.truth, scores, config.teacher_fill)
        mel = self.log_mel.chunks(batch.sound * batch.gain, frames)  # (B, C, T, 64)
        mel = mask_mel(mel, mel.mean(dim=(2, 3), keepdim=True), config.augment, rng)
        primed = bool(rng.random() < config.primed_share)
        return Lesson(mel, wanted, seen, primed, rng.bit_generator.state)

    def close(self) -> None:
        pass


class LessonProcess:
    """Makes lessons beside the training, a few ahead. Reads the decoded data set by itself."""

    def __init__(self, config: TrainConfig, ahead: int = 3) -> None:
        self.config, self.ahead = config, ahead
        self.context = multiprocessing.get_context("spawn")
        self.process: multiprocessing.process.BaseProcess | None = None
        self.state: dict | None = None

    def continue_from(self, state: dict) -> None:
        self.state = state

    def next(self) -> Lesson:
        if self.process is None:
            self.queue = self.context.Queue(self.ahead)
            self.process = self.context.Process(target=_make_lessons, args=(self.config, self.state, self.queue), daemon=True)
            self.process.start()
        while True:
            try:
                mel, wanted, seen, primed, after = self.queue.get(timeout=30)
            except Empty as error:  # Slow is fine, dead is not.
                if not self.process.is_alive():
                    raise RuntimeError(f"the process that makes lessons ended with {self.process.exitcode}") from error
                continue
            self.state = after
            tensors = [None if array is None else torch.from_numpy(array) for array in (mel, wanted, seen)]
            return Lesson(*tensors, primed, after)

    def close(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.join()
            self.process = None


def _make_lessons(config: TrainConfig, state: dict | None, queue: multiprocessing.Queue) -> None:
    torch.set_num_threads(1)
    from train import keep_freed_memory

    keep_freed_memory()
    maker = LessonMaker(config, load())
    if state is not None:
        maker.continue_from(state)
    parent = os.getppid()
    while True:
        lesson = maker.next()
        arrays = [None if t is None else t.numpy() for t in (lesson.mel, lesson.wanted, lesson.seen)]
        while True:
            # Whoever waits here for ever outlives a trainer that was killed.
            if os.getppid() != parent:
                os._exit(0)
            try:
                queue.put((*arrays, lesson.primed, lesson.after), timeout=5)
                break
            except Full:
                continue
