"""Makes acsi.csv: 400 invented customers of an invented broadband provider, drawn from a known ACSI model.

    python docs/examples/acsi.py > docs/examples/acsi.csv

Expectations, quality, value, satisfaction and loyalty are asked on 1–10, the last question of satisfaction the
other way round ("how far is this from an ideal provider?"). A few answers are missing, some say "unsure".
"""

import csv
import sys

import numpy as np

TRUE_PATHS = {
    ("expectations", "quality"): 0.5,
    ("expectations", "value"): 0.1,
    ("expectations", "satisfaction"): 0.05,
    ("quality", "value"): 0.6,
    ("quality", "satisfaction"): 0.5,
    ("value", "satisfaction"): 0.35,
    ("satisfaction", "complaints"): -0.5,
    ("satisfaction", "loyalty"): 0.55,
    ("complaints", "loyalty"): -0.15,
}
ITEMS = {"expectations": 3, "quality": 3, "value": 2, "satisfaction": 3, "complaints": 1, "loyalty": 2}
MEANS = {
    "expectations": 7.6,
    "quality": 6.9,
    "value": 6.2,
    "satisfaction": 6.6,
    "complaints": 3.4,
    "loyalty": 6.4,
}


def rows(n: int = 400) -> list[list[object]]:
    """A header, then one row for each customer."""
    rng = np.random.default_rng(20)
    scores: dict[str, np.ndarray] = {}
    for name in ITEMS:
        led = np.zeros(n)
        for (a, b), weight in TRUE_PATHS.items():
            if b == name:
                led += weight * scores[a]
        rest = np.sqrt(max(0.1, 1 - led.var()))
        score = led + rest * rng.normal(size=n)
        scores[name] = (score - score.mean()) / score.std()
    columns: dict[str, list[object]] = {}
    for name, items in ITEMS.items():
        for k in range(1, items + 1):
            noise = 0.0 if items == 1 else 0.45
            value = MEANS[name] + 1.7 * (scores[name] + noise * rng.normal(size=n))
            answers = np.clip(np.round(value), 1, 10).astype(int)
            columns[f"{name}{k}"] = [int(a) for a in answers]
    columns["satisfaction3"] = [11 - int(str(a)) for a in columns["satisfaction3"]]
    for column, where, what in (("quality2", 25, "unsure"), ("loyalty1", 40, ""), ("value1", 33, "unsure")):
        for row in rng.choice(n, n // where, replace=False):
            columns[column][row] = what
    region = [str(r) for r in rng.choice(["North", "South"], n, p=[0.55, 0.45])]
    table: list[list[object]] = [["customer", *columns, "region"]]
    table += [[1001 + i, *(columns[c][i] for c in columns), region[i]] for i in range(n)]
    return table


if __name__ == "__main__":
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows())
