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
