"""Every stage runs, learns, stops and goes on, and what is exported scores like what was trained."""
from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import synthetic
from config import STAGES, TrainConfig
from export import export, load_stored, self_check
from lessons import LessonMaker
from model import NetworkConfig, Tagger, convert_state
from train import Judge, Trainer, read_weights, run

STEPS = 24
SMALL = {"width": 64, "depth": 2, "heads": 1}


def small(stage: str, **changes: object) -> TrainConfig:
    config = STAGES[stage]
    network = replace(config.network, **SMALL)
    frames = (192,) if config.kind == "masked" or stage == "vit-10s" else config.window_frames
    defaults = {"batch": 8, "window_frames": frames, "warm_up": 5, "peak_rate": 2e-3, "steps": 40, "drop_path": 0.0}
    return replace(config, network=network, **{**defaults, **changes})


class Pipeline(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.store = synthetic.make_store()

    def trainer(self, config: TrainConfig, init: Path | None = None, half: bool = True) -> Trainer:
        lessons = LessonMaker(config, self.store, synthetic.StandInTeacher(), rooms=[])
        return Trainer(config, lessons, Path(self.folder.name), init, half)

    def test_each_stage_learns_and_starts_from_the_one_before(self) -> None:
        init = None
        for stage in STAGES:
            trainer = self.trainer(small(stage), init)
            losses = [trainer.train_step(step / STEPS)["masked" if stage == "mae" else "score"] for step in range(STEPS)]
            first, last = np.mean(losses[:5]), np.mean(losses[-5:])
            self.assertLess(last, first * (0.97 if stage == "mae" else 0.9), f"{stage}: {first:.3f} to {last:.3f}")
            trainer.save()
            init = trainer.path

    def test_a_run_that_was_stopped_goes_on_as_if_it_had_not(self) -> None:
        config = small("sat-2s", batch=4)
        whole = self.trainer(replace(config, name="whole"))
        for _ in range(6):
            expected = whole.train_step(0.1)
        part = self.trainer(replace(config, name="part"))
        for _ in range(3):
            part.train_step(0.1)
        part.save()
        again = self.trainer(replace(config, name="part"))
        self.assertTrue(again.resume())
        for _ in range(3):
            got = again.train_step(0.1)
        self.assertEqual(again.step, 6)
        self.assertAlmostEqual(got["score"], expected["score"], places=3)

    def test_a_whole_run_ends_with_a_measured_checkpoint(self) -> None:
        config = small("sat-1s", steps=3, batch=2)
        trainer = self.trainer(config)
        with contextlib.redirect_stdout(io.StringIO()):
            run(trainer, Judge(self.store, config), None, judge_every_s=0.0, save_every_s=0.0)
        log = (Path(self.folder.name) / "sat-1s.log").read_text()
        self.assertRegex(log, r"done mAP \S+ top1")
        self.assertTrue(trainer.path.exists())

    def test_the_exported_file_scores_like_the_checkpoint(self) -> None:
        for name, stage in (("sat-t-2s", "sat-2s"), ("vit-t-10s", "vit-10s")):
            trainer = self.trainer(small(stage))
            trainer.train_step(0.0)
            trainer.save()
            network = trainer.config.network
            folder = export(name, read_weights(trainer.path), Path(self.folder.name) / name, network)
            before = self_check(trainer.averaged())
            after = self_check(load_stored(folder / "model.safetensors", network))
            self.assertLess(float(np.abs(np.subtract(before, after)).max()), 2e-3)

    def test_only_the_memory_is_cut_from_the_gradient(self) -> None:
        torch.manual_seed(0)
        model = Tagger(NetworkConfig(**SMALL, classes=7))
        first = torch.randn(2, 192, 64, requires_grad=True)
        _, cache = model(first)
        self.assertFalse(cache.requires_grad)
        second = torch.randn(2, 192, 64, requires_grad=True)
        logits, _ = model(second, cache)
        logits.sum().backward()
        self.assertIsNone(first.grad)
        self.assertGreater(float(second.grad.abs().sum()), 0.0)

    def test_weights_of_one_family_start_the_other(self) -> None:
        torch.manual_seed(0)
        stream = NetworkConfig(**SMALL, classes=7)
        whole = replace(stream, family="full-context", target_frames=1012, cache_frames=0)
        one = Tagger(stream).eval()
        other = Tagger(whole).eval()
        other.load_state_dict(convert_state(one.state_dict(), whole))
        mel = torch.randn(2, 192, 64)
        self.assertLess(float((one(mel)[0] - other(mel)[0]).abs().max()), 1e-5)
        back = Tagger(stream)
        back.load_state_dict(convert_state(other.state_dict(), stream))


if __name__ == "__main__":
    unittest.main()
