"""How good the models are on the rows of a split, and where.

    python3 training/evaluate.py --split valid [--models DIR ...] [--json FILE]

Without --models: the three of public/models, and YAMNet, the teacher, on the same rows. Scores are computed in float32.
"""
from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import safetensors
from audio_store import RATE_HZ, ROOT, AudioStore, Row, load
from data import is_judged, training_rows
from export import MODELS
from features import LogMel
from labels import Classes, load_classes
from metrics import class_precisions, event_f1, mean_average_precision, segment_f1, steadiness, top1_in_labels
from mixtures import Scene, make_scenes
from model import NetworkConfig, Tagger
from scoring import cut_clip, cut_windows, score_stream, score_windows
from train import keep_freed_memory
from yamnet import YamNet

LIMIT_S = 20.0
THRESHOLD = 0.5
STEADY_LEAST_S, STEADY_S = 4.0, 30.0
STEADY_LABELS = ("Water", "Rain", "Engine")


class Listener:
    """Anything that turns sound into chunk scores. `chunk_s`: from one score to the next."""

    name: str
    chunk_s: float

    def score(self, sounds: list[np.ndarray], memory: bool = True) -> list[np.ndarray]:
        """int16 sounds to (C, 521) probabilities each."""
        raise NotImplementedError


class OurListener(Listener):
    def __init__(self, name: str, state: dict[str, torch.Tensor]) -> None:
        self.network = network_of(state)
        self.name = name
        self.tagger = Tagger(self.network)
        self.tagger.load_state_dict(state, strict=True)
        self.chunk_s = self.network.target_frames // 16 * 16 / 100
        self.log_mel = LogMel()

    def score(self, sounds: list[np.ndarray], memory: bool = True) -> list[np.ndarray]:
        if self.network.streaming:
            clips = [cut_clip(sound, self.network.target_frames, self.log_mel) for sound in sounds]
            return score_stream(self.tagger, clips, memory)
        return score_windows(self.tagger, cut_windows(sounds, self.log_mel))


class TeacherListener(Listener):
    name = "yamnet (teacher)"
    chunk_s = 0.96

    def __init__(self) -> None:
        self.net = YamNet()

    def score(self, sounds: list[np.ndarray], memory: bool = True) -> list[np.ndarray]:
        scores = []
        for sound in sounds:
            wave = torch.from_numpy(sound.astype(np.float32) / 32768)[None]
            count = max(1, int(wave.shape[1] / 15360 + 0.5))
            wave = F.pad(wave, (0, max(0, count * 15360 - wave.shape[1])))
            scores.append(self.net.scores(wave)[0, :count].numpy())
        return scores


def network_of(state: dict[str, torch.Tensor]) -> NetworkConfig:
    """Which of our three architectures these weights are."""
    streaming = "blocks.0.attn.to_q.weight" in state
    for network in MODELS.values():
        if network.streaming == streaming and network.time_positions == state["time_pos_embed"].shape[-1]:
            return network
    raise ValueError(f"no architecture of ours has {state['time_pos_embed'].shape[-1]} time positions")


@dataclass
class ClipReport:
    """`on`: what was measured. mAP over classes with at least five positives in that part."""

    on: str
    clips: int
    classes: int
    mean_ap: float
    top1: float


def clip_report(on: str, truth: np.ndarray, scores: list[np.ndarray]) -> ClipReport:
    mean = np.stack([clip.mean(axis=0) for clip in scores])
    precisions = class_precisions(truth, mean)
    return ClipReport(on, len(scores), len(precisions), mean_average_precision(truth, mean), top1_in_labels(truth, mean))


def teacher_agreement(listener: Listener, scores: list[np.ndarray], teacher: list[np.ndarray]) -> dict[str, float]:
    """Per chunk, against YAMNet's mean over the same time: share of chunks whose first class is among its first five; mean cosine of
    the two score vectors."""
    hits, cosines = [], []
    for ours, theirs in zip(scores, teacher):
        for turn, row in enumerate(ours):
            first = round(turn * listener.chunk_s / 0.96)
            last = max(first + 1, round((turn + 1) * listener.chunk_s / 0.96))
            heard = theirs[first:last]
            if len(heard) == 0:
                continue
            other = heard.mean(axis=0)
            hits.append(int(row.argmax()) in np.argsort(-other)[:5])
            cosines.append(float(row @ other / (np.linalg.norm(row) * np.linalg.norm(other) + 1e-9)))
    return {"first_in_top5": float(np.mean(hits)), "cosine": float(np.mean(cosines))}


def scene_report(listener: Listener, scenes: list[Scene], classes: list[int]) -> dict[str, float]:
    """Segment-F1 (1 s segments) and onset-F1 (within 2 s, each onset once), micro over the classes, threshold 0.5; and the threshold
    at which segment-F1 would be best on these very scenes."""
    scores = listener.score([scene.sound for scene in scenes])
    events = [scene.events for scene in scenes]
    best, at = max((segment_f1(scores, events, classes, listener.chunk_s, step / 20), step / 20) for step in range(2, 15))
    return {
        "best_segment_f1": best,
        "best_threshold": at,
        "segment_f1": segment_f1(scores, [scene.events for scene in scenes], classes, listener.chunk_s, THRESHOLD),
        "onset_f1": event_f1(scores, [scene.events for scene in scenes], classes, listener.chunk_s, THRESHOLD),
    }


def repeated(sound: np.ndarray) -> np.ndarray:
    """(n,) to at least 30 s, the same again and again."""
    return np.tile(sound, max(1, -(-int(STEADY_S * RATE_HZ) // len(sound))))


def steadiness_report(listener: Listener, store: AudioStore, rows: list[Row], classes: Classes, memory: bool) -> dict[str, dict[str, float]]:
    """On clips of at least 4 s, those under 30 s repeated until they are that long: share of chunks over 0.5 and changes of that per
    minute (the paper's Figure 2)."""
    report = {}
    for label in STEADY_LABELS:
        long = [row for row in rows if label in row.labels and row.samples >= STEADY_LEAST_S * RATE_HZ]
        if long:
            scores = listener.score([repeated(store.clip(row, 60 * RATE_HZ)) for row in long], memory)
            index = classes.by_name[label]
            report[label] = {"clips": len(long), **steadiness([s[:, index] for s in scores], listener.chunk_s, THRESHOLD)}
    return report


def evaluate(listener: Listener, store: AudioStore, rows: list[Row], teacher: list[np.ndarray], scenes: list[Scene]) -> dict:
    classes = load_classes()
    real = [i for i, row in enumerate(rows) if is_judged(row)]
    every = [i for i, row in enumerate(rows) if not row.synthetic]
    made = [i for i, row in enumerate(rows) if row.synthetic]
    truth = classes.targets(rows)
    sounds = [store.clip(row, int(LIMIT_S * 16000)) for row in rows]
    scores = listener.score(sounds)
    mean = np.stack([clip.mean(axis=0) for clip in scores])
    precisions = class_precisions(truth[real], mean[real], least=1)
    counts = truth[real].sum(axis=0)
    scored = [k for k in precisions if counts[k] >= 5]
    report = {
        "model": listener.name,
        "real": asdict(clip_report("real clips", truth[real], [scores[i] for i in real])),
        "every_licence": asdict(clip_report("real clips of every licence", truth[every], [scores[i] for i in every])),
        "synth": asdict(clip_report("synth/", truth[made], [scores[i] for i in made])) if made else None,
        "teacher": teacher_agreement(listener, [scores[i] for i in real], [teacher[i] for i in real]),
        "scenes": scene_report(listener, scenes, scored),
        "steady": steadiness_report(listener, store, [rows[i] for i in real], classes, memory=True),
        "classes": class_table(store, {classes.mids[k]: {"ap": ap, "positives": int(counts[k])} for k, ap in precisions.items()}),
    }
    if isinstance(listener, OurListener) and listener.network.streaming:
        forgetful = listener.score([sounds[i] for i in real], memory=False)
        report["without_memory"] = asdict(clip_report("real clips, no memory", truth[real], forgetful))
        report["steady_without_memory"] = steadiness_report(listener, store, [rows[i] for i in real], classes, memory=False)
    return report


def class_table(store: AudioStore, precisions: dict[str, dict]) -> list[dict]:
    """Per class that has a label anywhere: clips and hours heard in training, average precision on these real clips and of how many
    positives. Weak: fewer than 10 clips heard, or a precision under 0.3 where there are at least 3 positives to tell. Classes that are
    not listed were heard through the teacher only, and are weak."""
    classes = load_classes()
    rows = training_rows(store)
    truth = classes.targets(rows)
    hours = np.array([row.samples for row in rows]) @ truth / RATE_HZ / 3600
    table = []
    for k, mid in enumerate(classes.mids):
        clips = int(truth[:, k].sum())
        found = precisions.get(mid)
        if clips == 0 and found is None:
            continue
        poor = found is not None and found["positives"] >= 3 and found["ap"] < 0.3
        table.append(
            {
                "mid": mid,
                "clips": clips,
                "hours": round(float(hours[k]), 4),
                "ap": None if found is None else round(found["ap"], 3),
                "positives": 0 if found is None else found["positives"],
                "weak": clips < 10 or poor,
            }
        )
    return table


def lines_of(report: dict) -> list[str]:
    def clip(part: dict) -> str:
        return f"mAP {part['mean_ap']:.3f} ({part['clips']} clips, {part['classes']} classes), top-1-in-labels {part['top1']:.3f}"

    lines = [f"{report['model']}", f"  real clips: {clip(report['real'])}"]
    lines.append(f"  real clips of every licence: {clip(report['every_licence'])}")
    if report["synth"]:
        lines.append(f"  synth/: {clip(report['synth'])}")
    if "without_memory" in report:
        lines.append(f"  real clips without memory: {clip(report['without_memory'])}")
    lines.append(f"  teacher: first class in its top 5 {report['teacher']['first_in_top5']:.3f}, cosine {report['teacher']['cosine']:.3f}")
    lines.append(
        f"  mixtures: segment-F1 {report['scenes']['segment_f1']:.3f}, onset-F1 {report['scenes']['onset_f1']:.3f}; "
        f"segment-F1 at best {report['scenes']['best_segment_f1']:.3f}, at {report['scenes']['best_threshold']:.2f}"
    )
    for key, words in (("steady", "steadiness"), ("steady_without_memory", "steadiness without memory")):
        for label, values in report.get(key, {}).items():
            lines.append(
                f"  {words}, {label} ({values['clips']} clips): over 0.5 {values['share']:.3f}, changes per minute {values['flicker']:.2f}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="valid", help="of the manifest")
    parser.add_argument("--models", type=Path, nargs="*", help="folders with model.safetensors")
    parser.add_argument("--limit", type=int, help="only the first so many clips, to try it out")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    store = load()
    splits = sorted({row.split for row in store.rows})
    if args.split not in splits:
        parser.error(f"--split must be one of the manifest's ({', '.join(splits)}), got {args.split!r}")
    rows = [row for row in store.rows if row.split == args.split][: args.limit]
    folders = args.models or [ROOT / "public" / "models" / name for name in MODELS]
    teacher = TeacherListener()
    heard = teacher.score([store.clip(row, int(LIMIT_S * 16000)) for row in rows])
    scenes = make_scenes(store, [row for row in rows if is_judged(row)], load_classes())
    reports = []
    listeners: list[Listener] = [OurListener(f.name, safetensors.load(f / "model.safetensors")) for f in folders]
    for listener in [*listeners, teacher]:
        reports.append(evaluate(listener, store, rows, heard, scenes))
        print("\n".join(lines_of(reports[-1])), flush=True)
        if args.json:
            args.json.write_text(json.dumps(reports, indent=1))


if __name__ == "__main__":
    main()
