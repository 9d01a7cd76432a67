"""Writes drift.golden.json: drift of two samples as numpy and scipy compute it, for the test beside the counting code.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python make-drift-golden.py

Small samples are stored row by row; of large ones the formula in whole numbers, which the test repeats.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics

rng = np.random.default_rng(20010301)


def filled(shares):
    smallest = shares[shares > 0].min()
    return np.where(shares == 0, smallest / 1e6 if smallest <= 0.0001 else 0.0001, shares)


def binned(reference, current):
    if len(np.unique(reference)) > 20:
        edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
        return np.histogram(reference, edges)[0], np.histogram(current, edges)[0]
    values = np.union1d(reference, current)
    return tuple(np.array([(side == value).sum() for value in values]) for side in (reference, current))


def drift(reference, current):
    r, c = binned(reference, current)
    p, q = filled(r / r.sum()), filled(c / c.sum())
    ks = stats.ks_2samp(reference, current)
    return {
        "psi": float(((p - q) * np.log(p / q)).sum()),
        "js": float(jensenshannon(r, c)),
        "ks": float(ks.pvalue),
        "ksEffect": float(ks.statistic),
    }


def formula(rows, multiplier, modulus, divisor, offset):
    return ((np.arange(rows, dtype=np.int64) * multiplier + offset) % modulus) / divisor


stored = {
    "normal, shifted": (rng.normal(0, 1, 400), rng.normal(0.2, 1.1, 300)),
    "with ties": (rng.normal(3, 2, 500).round(1), rng.normal(3, 2, 350).round(1)),
    "few values": (rng.choice([1.0, 2.0, 5.0], 300), rng.choice([1.0, 2.0, 5.0, 7.0], 260, p=[0.2, 0.3, 0.4, 0.1])),
    "whole numbers": (rng.poisson(40, 600), rng.poisson(44, 640)),
    "empty bins": (rng.normal(0, 1, 250), rng.normal(9, 0.1, 250)),
    "equal": (np.arange(50) / 7, np.arange(50) / 7),
}
formulas = {
    "many distinct values": ((30_011, 7919, 1_000_003, 1000, 0), (25_013, 104_729, 1_000_003, 1010, 17)),
    "above the exact border, ties": ((12_000, 7919, 701, 7, 0), (11_000, 104_729, 743, 7, 5)),
}
labels = (rng.random(2000) < 0.2).astype(float)
scores = np.clip(0.12 + 0.25 * labels + rng.normal(0, 0.15, 2000), 0, 1).round(3)

golden = {
    "stored": [
        {"name": name, "whole": r.dtype.kind == "i", "reference": r.tolist(), "current": c.tolist(), **drift(r, c)}
        for name, (r, c) in stored.items()
    ],
    "formulas": [
        {"name": name, "reference": list(r), "current": list(c), **drift(formula(*r), formula(*c))}
        for name, (r, c) in formulas.items()
    ],
    "performance": {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "logLoss": float(metrics.log_loss(labels, scores)),
        "auc": float(metrics.roc_auc_score(labels, scores)),
        "brier": float(metrics.brier_score_loss(labels, scores)),
        "accuracy": float(metrics.accuracy_score(labels, scores >= 0.3)),
        "calibrationGap": float((scores - labels).mean()),
        "calibrationGapError": float((scores - labels).std(ddof=1) / np.sqrt(len(labels))),
    },
}
(Path(__file__).parent / "drift.golden.json").write_text(json.dumps(golden))
