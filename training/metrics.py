"""Figures of merit, on plain arrays."""
from __future__ import annotations

import numpy as np


def average_precision(truth: np.ndarray, score: np.ndarray) -> float:
    """truth (n,) of 0 and 1 with at least one 1, score (n,): mean precision at each positive. Ties: as sorted, stably."""
    order = np.argsort(-score, kind="stable")
    hits = truth[order] > 0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def class_precisions(truth: np.ndarray, scores: np.ndarray, least: int = 5) -> dict[int, float]:
    """(n, K) each: average precision of every class with at least `least` positives."""
    counts = truth.sum(axis=0)
    return {int(k): average_precision(truth[:, k], scores[:, k]) for k in np.flatnonzero(counts >= least)}


def mean_average_precision(truth: np.ndarray, scores: np.ndarray, least: int = 5) -> float:
    precisions = class_precisions(truth, scores, least)
    return float(np.mean(list(precisions.values()))) if precisions else float("nan")


def top1_in_labels(truth: np.ndarray, scores: np.ndarray) -> float:
    """Share of clips whose highest score is one of their labels; clips without any label are left out."""
    known = truth.sum(axis=1) > 0
    best = scores[known].argmax(axis=1)
    return float(truth[known][np.arange(len(best)), best].mean())


def _active(scores: np.ndarray, chunk_s: float, k: int, seconds: int, threshold: float) -> np.ndarray:
    """(seconds,) bool: what the chunk around the middle of each second says."""
    turns = np.minimum(((np.arange(seconds) + 0.5) / chunk_s).astype(int), len(scores) - 1)
    return scores[turns, k] > threshold


def _f1(hits: int, found: int, there: int) -> float:
    return 2.0 * hits / (found + there) if found + there else float("nan")


def segment_f1(scores: list[np.ndarray], events: list[list], classes: list[int], chunk_s: float, threshold: float) -> float:
    """Micro F1 over seconds and classes. scores (C, K) per scene; an event has `start`, `end` in seconds and `classes`. A second is
    true when at least half of it sounds."""
    hits = found = there = 0
    for rows, scene in zip(scores, events):
        seconds = round(len(rows) * chunk_s)
        for k in classes:
            said = _active(rows, chunk_s, k, seconds, threshold)
            spans = [(e.start, e.end) for e in scene if k in e.classes]
            truth = np.array([any(min(end, s + 1) - max(start, s) >= 0.5 for start, end in spans) for s in range(seconds)], bool)
            hits += int((said & truth).sum())
            found += int(said.sum())
            there += int(truth.sum())
    return _f1(hits, found, there)


def event_f1(
    scores: list[np.ndarray], events: list[list], classes: list[int], chunk_s: float, threshold: float, collar_s: float = 2.0
) -> float:
    """Micro F1 of onsets: a run of chunks over the threshold starts one; it is right within `collar_s` of a true one not yet taken."""
    hits = found = there = 0
    for rows, scene in zip(scores, events):
        for k in classes:
            over = rows[:, k] > threshold
            onsets = [turn * chunk_s for turn in range(len(over)) if over[turn] and (turn == 0 or not over[turn - 1])]
            true = sorted(e.start for e in scene if k in e.classes)
            found += len(onsets)
            there += len(true)
            for onset in onsets:
                near = [t for t in true if abs(t - onset) <= collar_s]
                if near:
                    true.remove(min(near, key=lambda t: abs(t - onset)))
                    hits += 1
    return _f1(hits, found, there)


def steadiness(scores: list[np.ndarray], chunk_s: float, threshold: float) -> dict[str, float]:
    """scores (C,) of one class per clip: share of chunks over the threshold, and how often a minute that changes."""
    over = [clip > threshold for clip in scores]
    changes = sum(int((clip[1:] != clip[:-1]).sum()) for clip in over)
    minutes = sum(len(clip) for clip in over) * chunk_s / 60.0
    return {"share": float(np.concatenate(over).mean()), "flicker": changes / minutes}
