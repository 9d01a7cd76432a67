"""Golden values for the mixture test: the ratio by numerical integration, not by the closed form that is tested."""

import json
import pathlib

import numpy as np
from scipy import integrate, optimize, stats


def ratio(estimate, information, effect):
    score = estimate * information
    # exp(d·S − d²I/2)·φ(d; 0, effect²), integrated about its peak.
    precision = information + 1 / effect**2
    centre, width = score / precision, precision**-0.5
    height = score * centre - centre**2 * information / 2 + stats.norm.logpdf(centre, 0, effect)
    value, _ = integrate.quad(
        lambda d: np.exp(d * score - d * d * information / 2 + stats.norm.logpdf(d, 0, effect) - height),
        centre - 12 * width, centre + 12 * width, epsabs=0, epsrel=1e-12, limit=400,
    )
    return float(np.exp(np.log(value) + height))


def radius(information, alpha, effect):
    return float(optimize.brentq(
        lambda d: np.log(ratio(d, information, effect)) + np.log(alpha), 1e-12, 40 * information**-0.5, xtol=1e-15, rtol=1e-13,
    ))


cases = [
    {"estimate": e, "information": i, "effect": f, "ratio": ratio(e, i, f), "radius": radius(i, 0.05, f)}
    for e in (0.0, 0.004, -0.02, 0.05) for i in (400.0, 12_000.0) for f in (0.01, 0.02)
]
path = pathlib.Path(__file__).with_name("sequential.golden.json")
path.write_text(json.dumps({"alpha": 0.05, "cases": cases}) + "\n")
