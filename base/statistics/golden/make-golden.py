"""Writes the golden values that the tests of this package compare with, once, from scipy, numpy and scikit-learn.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python make-golden.py

The values in the repository came from exactly these versions. Samples are stored beside the values, or follow from a
formula in whole numbers that the tests repeat.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
rng = np.random.default_rng(20010101)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (np.integer, int)):
        return int(value)
    if isinstance(value, str):
        return value
    assert math.isfinite(value), value
    return float(value)


def write(name, value):
    (HERE / f"{name}.golden.json").write_text(json.dumps(plain(value), indent=None, separators=(",", ":")) + "\n")


def residues(count, multiplier, modulus):
    """The whole numbers (i * multiplier) mod modulus, i = 1..count; the tests make the same."""
    return (np.arange(1, count + 1) * multiplier) % modulus


def distributions():
    zs = [-37.5, -20, -8.3, -5, -3, -2.6, -2.5, -2.4, -1.96, -1, -0.3, -1e-9, 0, 0.2, 0.7, 1.5, 2.2, 2.49, 2.51, 3.3, 6, 8]
    ps = [1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.0249, 0.074, 0.076, 0.2, 0.425, 0.5, 0.6, 0.9, 0.975, 0.9999, 1 - 1e-12]
    chi = [(x, k) for k in [1, 2, 3, 5, 19, 20, 40, 333, 5000] for x in [0.01, 0.5, k * 0.5, k * 0.98, k * 1.02, k * 1.3 + 3, k * 2.0 + 30]]
    shapes = [(0.5, 0.5), (1, 3), (2.5, 0.5), (9.5, 12), (30, 5), (120, 340), (5000, 7000), (150000, 700000), (3, 90000)]
    quantile_ps = [1e-8, 0.005, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    beta = []
    for a, b in shapes:
        mean, sd = a / (a + b), math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
        for x in [mean - 3 * sd, mean - sd, mean * 0.999, mean + 0.5 * sd, mean + 4 * sd]:
            if 0 < x < 1:
                beta.append((x, a, b, special.betainc(a, b, x)))
    kolmogorov = []
    for n in [1, 2, 5, 30, 99, 140, 141, 500, 5000, 99999, 100000, 100001, 750000, 1500000, 6000000]:
        for root in [0.3, 0.5, 0.62, 0.75, 0.86, 0.9, 1.1, 1.36, 1.45, 1.5, 1.7, 1.95, 2.05, 2.6, 4.0, 19.0]:
            x = root / math.sqrt(n)
            if x < 1:
                kolmogorov.append((x, n, stats.kstwo.sf(x, n)))
        for x in [0.5 / n, 0.7 / n, 1.0 / n, (n - 0.6) / n, 0.55, 0.999]:
            kolmogorov.append((x, n, stats.kstwo.sf(x, n)))
    write("distributions", {
        "logGamma": [(x, special.gammaln(x)) for x in [1e-5, 0.1, 0.5, 0.9, 1.5, 3.3, 10, 55.5, 1000.25, 1e6, 1e9]],
        "normalCdf": [(z, special.ndtr(z)) for z in zs],
        "normalQuantile": [(p, special.ndtri(p)) for p in ps],
        "chiSquaredSf": [(x, k, stats.chi2.sf(x, k)) for x, k in chi],
        "betaCdf": beta,
        "betaQuantile": [(p, a, b, special.betaincinv(a, b, p)) for a, b in shapes for p in quantile_ps],
        "studentTCdf": [(t, df, stats.t.cdf(t, df)) for df in [1, 2, 4.5, 30, 1000] for t in [-40, -3, -1, -0.01, 0, 0.5, 2, 9]],
        "studentTQuantile": [(p, df, stats.t.ppf(p, df)) for df in [1, 2, 4.5, 30, 1000] for p in [1e-6, 0.025, 0.2, 0.26, 0.4, 0.499, 0.6, 0.74, 0.76, 0.975, 0.999]],
        "kolmogorovSf": kolmogorov,
    })


def shares(counts):
    counts = np.asarray(counts, dtype=float)
    return counts / counts.sum()


def filled(distribution):
    smallest = distribution[distribution > 0].min()
    return np.where(distribution == 0, smallest / 1e6 if smallest <= 0.0001 else 0.0001, distribution)


def common_counts(ref, cur):
    if len(np.unique(ref)) > 20:
        edges = np.histogram_bin_edges(np.concatenate([ref, cur]), bins="sturges")
        return np.histogram(ref, edges)[0], np.histogram(cur, edges)[0]
    keys = np.unique(np.concatenate([ref, cur]))
    return [(ref == key).sum() for key in keys], [(cur == key).sum() for key in keys]


def psi(ref, cur):
    p, q = filled(shares(ref)), filled(shares(cur))
    return np.sum((p - q) * np.log(p / q))


def hellinger(ref, cur):
    edges = np.histogram_bin_edges(np.unique(np.concatenate([ref, cur])), bins="sturges")
    p, q = np.histogram(ref, edges, density=True)[0], np.histogram(cur, edges, density=True)[0]
    return np.sqrt(1 - np.clip(np.sum(np.sqrt(p * q)) * (edges[1] - edges[0]), 0, 1))


def drift_case(name, ref, cur, keep=True):
    ref, cur = np.asarray(ref), np.asarray(cur)
    left, right = common_counts(ref, cur)
    ks = stats.ks_2samp(ref, cur)
    case = {
        "name": name,
        "wholeNumbers": bool(np.issubdtype(ref.dtype, np.integer)),
        "psi": psi(left, right),
        "jensenShannon": jensenshannon(shares(left), shares(right)),
        "jensenShannon2": jensenshannon(shares(left), shares(right), base=2),
        "hellinger": hellinger(ref, cur),
        "wasserstein": stats.wasserstein_distance(ref, cur),
        "normedWasserstein": stats.wasserstein_distance(ref, cur) / max(np.std(ref), 0.001),
        "ks": {"statistic": ks.statistic, "pValue": ks.pvalue, "location": ks.statistic_location},
        "sturges": np.histogram_bin_edges(ref, bins="sturges"),
        "doane": np.histogram_bin_edges(ref, bins="doane"),
        "counts": [left, right],
    }
    if keep:
        case |= {"reference": ref, "current": cur}
    return case


def two_sample():
    rounded = lambda values: np.round(values, 4)
    cases = [
        drift_case("normal against shifted normal", rounded(rng.normal(0, 1, 300)), rounded(rng.normal(0.3, 1.1, 217))),
        drift_case("equal sizes", rounded(rng.normal(5, 2, 250)), rounded(rng.normal(5, 2, 250))),
        drift_case("skewed", rounded(rng.lognormal(1, 0.9, 400)), rounded(rng.lognormal(1.2, 0.9, 120))),
        drift_case("whole numbers with ties", rng.poisson(30, 350), rng.poisson(33, 333)),
        drift_case("few distinct values", rng.integers(0, 6, 200), rng.integers(0, 7, 150)),
        drift_case("far apart", rounded(rng.normal(0, 1, 60)), rounded(rng.normal(50, 1, 40))),
        drift_case("narrow whole numbers", rng.integers(0, 30, 2000) % 23, rng.integers(0, 30, 1500) % 25),
        drift_case("one small sample", rounded(rng.normal(0, 1, 80)), rounded(rng.normal(0.5, 1, 3))),
    ]
    # (count, multiplier, modulus) of reference and current; scaled by 1/1000 so that they are not whole.
    formulas = [
        ((9000, 7919, 10007), (7001, 104729, 11003)),
        ((10000, 7919, 10007), (10000, 104729, 10103)),
        ((20000, 7919, 10007), (15000, 104729, 10103)),
        ((12001, 7919, 10007), (60, 104729, 9001)),
        ((12001, 7919, 10007), (150, 104729, 9001)),
        ((300000, 7919, 100003), (250000, 104729, 100207)),
    ]
    large = []
    for ref, cur in formulas:
        case = drift_case("formula", residues(*ref) / 1000, residues(*cur) / 1000, keep=False)
        large.append(case | {"formula": [ref, cur]})
    tables = [[[10, 20, 30], [12, 15, 40]], [[30, 70], [45, 55]], [[3, 4], [5, 9]], [[500, 300, 0, 20, 7], [480, 310, 5, 30, 0]], [[1000, 2000, 3000, 4000], [100, 210, 290, 420]]]
    chi = []
    for table in tables:
        result = stats.chi2_contingency(np.array(table))
        uncorrected = stats.chi2_contingency(np.array(table), correction=False)
        ref, cur = np.array(table[0], float), np.array(table[1], float)
        case = {"table": table, "statistic": result.statistic, "pValue": result.pvalue, "degreesOfFreedom": result.dof,
                "cramersV": math.sqrt(uncorrected.statistic / np.sum(table))}
        if (ref > 0).all():
            fit = stats.chisquare(cur, ref * cur.sum() / ref.sum())
            case["fit"] = {"statistic": fit.statistic, "pValue": fit.pvalue}
        chi.append(case)
    exact = []
    for n1, n2 in [(5, 5), (7, 4), (10, 6), (64, 64), (40, 100), (333, 250), (1000, 17)]:
        for share in [0.05, 0.2, 0.35, 0.6, 0.95]:
            lcm = math.lcm(n1, n2)
            h = max(1, round(share * lcm))
            exact.append((h, n1, n2, stats._stats_py._attempt_exact_2kssamp(n1, n2, math.gcd(n1, n2), h / lcm, "two-sided")[2]))
    write("two-sample", {"samples": cases, "formulas": large, "chiSquared": chi, "exactKolmogorov": exact})


def delong_error(labels, scores):
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return math.sqrt(wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative))


def ece(labels, scores, bins):
    error = 0
    for ids in np.unique(bins):
        rows = bins == ids
        error += rows.mean() * abs(scores[rows].mean() - labels[rows].mean())
    return error


def classification():
    cases = []
    for name, count, digits in [("fine scores", 300, 6), ("many ties", 400, 1), ("few positives", 90, 3)]:
        scores = np.round(np.clip(rng.beta(2, 5 if name != "few positives" else 40, count), 0.001, 0.999), digits)
        labels = (rng.random(count) < scores).astype(int)
        threshold = 0.3 if name != "few positives" else 0.06
        other = np.round(np.clip(scores + rng.normal(0, 0.1, count), 0.001, 0.999), 6)
        predicted = (scores >= threshold).astype(int)
        losses = lambda p: -np.log(np.where(labels == 1, np.clip(p, 2.0**-52, 1), np.clip(1 - p, 2.0**-52, 1)))
        difference = losses(other) - losses(scores)
        order = np.argsort(scores, kind="stable")
        quantile_bins = np.empty(count, int)
        quantile_bins[order] = (np.arange(count) * 10) // count
        cases.append({
            "name": name, "labels": labels, "scores": scores, "other": other, "threshold": threshold,
            "rocAuc": metrics.roc_auc_score(labels, scores), "standardError": delong_error(labels, scores),
            "logLoss": metrics.log_loss(labels, scores), "brier": metrics.brier_score_loss(labels, scores),
            "accuracy": metrics.accuracy_score(labels, predicted), "precision": metrics.precision_score(labels, predicted),
            "recall": metrics.recall_score(labels, predicted), "f1": metrics.f1_score(labels, predicted),
            "eceUniform": ece(labels, scores, np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores)),
            "eceQuantile": ece(labels, scores, quantile_bins),
            "pairedDifference": difference.mean(), "pairedStandardError": difference.std(ddof=1) / math.sqrt(count),
        })
    write("classification", cases)


def intervals():
    counts = [(0, 10), (3, 10), (10, 10), (1, 400), (811, 1000), (56, 70), (120000, 169723)]
    proportions = []
    for successes, n in counts:
        for confidence in [0.9, 0.95, 0.999]:
            test = stats.binomtest(successes, n)
            wilson, exact = test.proportion_ci(confidence, "wilson"), test.proportion_ci(confidence, "exact")
            proportions.append((successes, n, confidence, wilson.low, wilson.high, exact.low, exact.high))
    sample = np.round(rng.normal(10, 3, 37), 5)
    mean = [(confidence, *stats.t.interval(confidence, len(sample) - 1, sample.mean(), stats.sem(sample))) for confidence in [0.5, 0.9, 0.95, 0.999]]
    sequences = []
    from scipy.optimize import brentq
    for successes, n, alpha in [(3, 10, 0.05), (1, 400, 0.05), (811, 1000, 0.01), (120000, 169723, 0.1)]:
        mixture = special.betaln(0.5 + successes, 0.5 + n - successes) - special.betaln(0.5, 0.5) + math.log(alpha)
        gap = lambda p: mixture - successes * math.log(p) - (n - successes) * math.log1p(-p)
        share = successes / n
        sequences.append((successes, n, alpha, brentq(gap, 1e-12, share, xtol=1e-14), brentq(gap, share, 1 - 1e-12, xtol=1e-14)))
    write("intervals", {"proportions": proportions, "sample": sample, "mean": mean, "sequences": sequences})


distributions()
two_sample()
classification()
intervals()
