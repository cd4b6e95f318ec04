"""Mixtures: seeded, honest about where a label sounds, of allowed licences only."""
from __future__ import annotations

import unittest
from dataclasses import replace

import numpy as np

import synthetic
from audio_store import licence_flag
from data import AugmentConfig, MixtureMaker, balanced_shares, training_rows
from labels import load_classes


def maker(seed: int, **changes: object) -> MixtureMaker:
    store = synthetic.make_store()
    return MixtureMaker(store, training_rows(store), load_classes(), replace(AugmentConfig(), **changes), [], seed)


class Data(unittest.TestCase):
    def test_the_same_seed_gives_the_same_mixtures(self) -> None:
        one, same, other = (maker(seed).batch(6, 2, 192) for seed in (5, 5, 6))
        self.assertTrue(np.array_equal(one.sound, same.sound) and np.array_equal(one.truth, same.truth))
        self.assertFalse(np.array_equal(one.sound, other.sound))

    def test_a_label_is_true_only_where_its_clip_sounds(self) -> None:
        batch = maker(3, mix_share=0.0, noise_share=0.0, silence_share=0.0, reverb_share=0.0, equalise_share=0.0).batch(40, 4, 96)
        power = batch.sound.reshape(40, 4, -1).square().mean(-1)
        sounding = batch.truth.sum(-1) > 0
        self.assertTrue(bool((power[sounding] > 0).all()))
        self.assertTrue(bool((power[~sounding] < 0.01 * power.max(1, keepdim=True).values.expand(40, 4)[~sounding] + 1e-9).all()))
        self.assertTrue(bool((~sounding).any()), "no window had a silent chunk: the test says nothing")

    def test_levels_differ_by_40_db_and_never_clip(self) -> None:
        batch = maker(4).batch(64, 2, 96)
        heard = batch.sound * batch.gain
        self.assertLessEqual(float(heard.abs().max()), 1.0 + 1e-5)
        level = 20 * np.log10(heard.square().mean(1).sqrt().numpy() + 1e-9)
        level = level[level > -100]
        self.assertGreater(level.max() - level.min(), 25.0)

    def test_only_allowed_licences(self) -> None:
        store = synthetic.make_store(flags=("OPEN", "NC", "GPL", "OTHER"))
        self.assertEqual({row.flag for row in training_rows(store)}, {"OPEN"})
        with self.assertRaisesRegex(ValueError, "NC"):
            training_rows(store, ("OPEN", "NC"))
        self.assertEqual(licence_flag("[NC-SET] ESC-50: clip CC0"), "NC-SET")
        with self.assertRaises(ValueError):
            licence_flag("CC0")

    def test_rare_classes_come_more_often(self) -> None:
        truth = np.zeros((10, 2), np.float32)
        truth[:9, 0] = truth[9, 1] = 1.0
        shares = balanced_shares(truth)
        self.assertAlmostEqual(float(shares.sum()), 1.0)
        self.assertAlmostEqual(float(shares[9] / shares[0]), 3.0, places=5)


if __name__ == "__main__":
    unittest.main()
