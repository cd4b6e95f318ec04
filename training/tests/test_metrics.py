"""Figures of merit on numbers small enough to do by hand; scenes; the teacher's file where it is there."""
from __future__ import annotations

import unittest

import numpy as np
import torch

import synthetic
from labels import load_classes
from metrics import average_precision, class_precisions, event_f1, mean_average_precision, segment_f1, steadiness, top1_in_labels
from mixtures import SceneEvent, make_scenes
from yamnet import TEACHER, YamNet


class Metrics(unittest.TestCase):
    def test_average_precision_by_hand(self) -> None:
        truth = np.array([1, 0, 1, 0])
        self.assertAlmostEqual(average_precision(truth, np.array([0.9, 0.8, 0.7, 0.1])), (1 / 1 + 2 / 3) / 2)
        self.assertAlmostEqual(average_precision(truth, np.array([0.1, 0.8, 0.2, 0.9])), (1 / 3 + 2 / 4) / 2)

    def test_only_classes_with_enough_positives_count(self) -> None:
        truth = np.array([[1, 1], [1, 0], [0, 0]], np.float32)
        scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.3]], np.float32)
        self.assertEqual(class_precisions(truth, scores, least=2), {0: 1.0})
        self.assertAlmostEqual(mean_average_precision(truth, scores, least=1), (1.0 + 1 / 3) / 2)
        self.assertEqual(top1_in_labels(truth, scores), 1.0)

    def test_segments_and_onsets_by_hand(self) -> None:
        scores = [np.array([[0.9], [0.9], [0.1], [0.9]])]
        events = [[SceneEvent(0.2, 2.0, (0,))]]
        # Four chunks of 1 s: three said, two of them true, two there.
        self.assertAlmostEqual(segment_f1(scores, events, [0], 1.0, 0.5), 2 * 2 / (3 + 2))
        # Two onsets said (0 s and 3 s), one true one near the first.
        self.assertAlmostEqual(event_f1(scores, events, [0], 1.0, 0.5), 2 * 1 / (2 + 1))

    def test_steadiness_by_hand(self) -> None:
        result = steadiness([np.array([0.9, 0.1, 0.9, 0.9]), np.array([0.9, 0.9])], 2.0, 0.5)
        self.assertAlmostEqual(result["share"], 5 / 6)
        self.assertAlmostEqual(result["flicker"], 2 / (12 / 60))

    def test_scenes_say_when_their_clips_begin(self) -> None:
        store = synthetic.make_store()
        scene = make_scenes(store, store.rows, load_classes(), count=1)[0]
        again = make_scenes(store, store.rows, load_classes(), count=1)[0]
        self.assertTrue(np.array_equal(scene.sound, again.sound))
        loud = np.abs(scene.sound.astype(np.float64)).reshape(-1, 160).mean(axis=1) > 250
        for event in scene.events:
            self.assertTrue(loud[round(event.start * 100) : round(event.end * 100)].mean() > 0.8)
        first = min(event.start for event in scene.events)
        self.assertFalse(loud[: int(first * 100)].any())

    @unittest.skipUnless((TEACHER / "yamnet.tflite").exists(), "../shared/teacher is not there")
    def test_the_teacher_hears_noise_and_silence(self) -> None:
        names = load_classes().names
        rng = np.random.default_rng(0)
        noise = torch.from_numpy((rng.standard_normal((1, 15360 * 2)) * 0.1).astype(np.float32))
        net = YamNet()
        best = net.scores(torch.cat([noise, torch.zeros(1, 30720)]))[:, 0].topk(3).indices
        self.assertTrue({"White noise", "Static", "Noise", "Waterfall", "Pink noise"} & {names[i] for i in best[0]})
        self.assertEqual(names[best[1][0]], "Silence")


if __name__ == "__main__":
    unittest.main()
