"""Speed of `manyi.measures` on one core against packages that do the same: one table of ratios in one run.

    python benchmarks/measures.py [CDNOW_master.txt]

The peers (plspm, lifetimes, ipfn, pandas) are installed into a scratch environment that is deleted afterwards;
they are no dependency of Manyi. plspm 0.5.7 fails with pandas 3, so all peers run on pandas 2 and numpy 2.2.
Every pair works on the same data, on the same single core, and their answers are compared. Without the file of
CDNOW's orders, as many customers are drawn from the model itself.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np

PEERS = ["plspm==0.5.7", "lifetimes==0.11.3", "ipfn==1.4.4", "pandas<3", "numpy<2.3"]
DATA = Path(os.environ.get("MANYI_TEST_DATA", Path(__file__).parents[2] / "shared/data"))
CONSTRUCTS = ["expectations", "quality", "value", "satisfaction", "complaints", "loyalty"]
BLOCKS = {name: [f"{name}{i}" for i in range(4)] for name in CONSTRUCTS}
PATHS = [
    ("expectations", "quality"),
    ("expectations", "value"),
    ("expectations", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
]


def best(work: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """Seconds of the quickest of several runs, and what the last one returned."""
    seconds, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


# --- data, made the same way for both sides


def survey(rows: int) -> dict[str, Any]:
    """Answers 1–10 of an ACSI model with six constructs of four items."""
    rng = np.random.default_rng(rows)
    scores: dict[str, Any] = {}
    for name in CONSTRUCTS:
        scores[name] = 0.8 * rng.normal(size=rows) + sum(0.35 * scores[a] for a, b in PATHS if b == name)
    noise = {column: rng.normal(size=rows, scale=0.6) for name in CONSTRUCTS for column in BLOCKS[name]}
    return {
        column: np.clip(np.round(6 + 1.8 * (scores[name] + noise[column])), 1, 10)
        for name in CONSTRUCTS
        for column in BLOCKS[name]
    }


def orders(source: Path | None) -> dict[str, Any]:
    """Repeat orders, recency and age in weeks of each customer."""
    rng = np.random.default_rng(3)
    if source is None:
        n = 23_570
        age = rng.uniform(65, 78, n)
        rate, leave = rng.gamma(0.24, 1 / 4.4, n), rng.beta(0.79, 2.43, n)
        left = rng.geometric(np.maximum(leave, 1e-9))
        rows = []
        for k in range(n):
            times = np.cumsum(rng.exponential(1 / max(rate[k], 1e-9), min(int(left[k]), 400)))
            times = times[times < age[k]]
            rows.append((times.size, times[-1] if times.size else 0.0))
        x, t_x = np.array(rows).T
        return {"x": x, "t_x": t_x, "t": age}
    days: dict[str, set[str]] = {}
    for line in source.read_text().splitlines()[1:]:
        fields = line.split()
        days.setdefault(fields[0], set()).add(f"{fields[1][:4]}-{fields[1][4:6]}-{fields[1][6:]}")
    sorted_days = [np.array(sorted(d), dtype="datetime64[D]").astype(int) for d in days.values()]
    end = max(d[-1] for d in sorted_days)
    return {
        "x": np.array([d.size - 1.0 for d in sorted_days]),
        "t_x": np.array([(d[-1] - d[0]) / 7 for d in sorted_days]),
        "t": np.array([(end - d[0]) / 7 for d in sorted_days]),
    }


def sample(rows: int = 100_000) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Respondents with four attributes, and a population whose margins differ from theirs."""
    rng = np.random.default_rng(5)
    people, margins = {}, {}
    for name, size in (("age", 6), ("region", 12), ("product", 5), ("tenure", 4)):
        labels = [f"{name} {k}" for k in range(size)]
        people[name] = rng.choice(labels, rows, p=rng.dirichlet(np.full(size, 20.0))).astype(object)
        margins[name] = dict(
            zip(labels, (1_000_000 * rng.dirichlet(np.full(size, 20.0))).tolist(), strict=True)
        )
    return people, margins


def ratings(rows: int = 1_000_000) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """31 items rated 1–5 in five modules, one answer in twenty missing; module → item → weight."""
    rng = np.random.default_rng(6)
    sizes = {"entrance": 7, "cleaning": 6, "security": 6, "repairs": 6, "service": 6}
    tree = {module: {f"{module}{k}": float(1 + k % 3) for k in range(size)} for module, size in sizes.items()}
    columns = {}
    for items in tree.values():
        for item in items:
            column = rng.integers(1, 6, rows).astype(np.float64)
            column[rng.random(rows) < 0.05] = np.nan
            columns[item] = column
    return columns, tree


# --- Manyi


def own_pls(data: dict[str, Any], bootstrap: int) -> tuple[float, float, Any]:
    """Seconds of a fit, seconds of the bootstrap alone, the fit."""
    from manyi.measures import pls

    model = pls.Model.acsi(BLOCKS)
    alone, _ = best(lambda: pls.fit(data, model, scale=(1, 10)))
    both, found = best(
        lambda: pls.fit(data, model, scale=(1, 10), bootstrap=bootstrap, seed=1),
        5 if len(data["quality0"]) < 1e5 else 1,
    )
    return alone, both - alone, found


def own_million() -> dict[str, float]:
    """Run in a process of its own, so that its peak memory is its own."""
    data = survey(1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    from manyi.measures import pls

    start = time.perf_counter()
    found = pls.fit(data, pls.Model.acsi(BLOCKS), scale=(1, 10), bootstrap=1000, seed=1)
    seconds = time.perf_counter() - start
    assert found.failed == 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "before": before, "peak": peak}


def own_index(columns: dict[str, Any], tree: dict[str, dict[str, float]]) -> tuple[float, Any]:
    from manyi.measures import index

    definition = {
        "name": {"en": "Index"},
        "scale": {"min": 1, "max": 5},
        "tree": [
            {
                "code": module,
                "name": {"en": module},
                "weight": 1,
                "children": [
                    {"code": item, "name": {"en": item}, "weight": weight, "column": item}
                    for item, weight in items.items()
                ],
            }
            for module, items in tree.items()
        ],
    }
    return best(lambda: index.score(definition, columns))


# --- peers: this file, run by the scratch environment


def peer_plspm(data: dict[str, Any], replicates: int) -> dict[str, Any]:
    import pandas as pd
    import plspm.config as c
    from plspm.mode import Mode
    from plspm.plspm import Plspm
    from plspm.scheme import Scheme

    frame = pd.DataFrame(data)
    structure = c.Structure()
    for a, b in PATHS:
        structure.add_path([a], [b])
    config = c.Config(structure.path(), scaled=True)
    for name, columns in BLOCKS.items():
        config.add_lv(name, Mode.A, *[c.MV(column) for column in columns])
    alone, found = best(lambda: Plspm(frame, config, Scheme.PATH), 3)
    start = time.perf_counter()
    Plspm(frame, config, Scheme.PATH, bootstrap=True, bootstrap_iterations=replicates, processes=1)
    both = time.perf_counter() - start
    inner = found.inner_model()
    paths = {f"{row['from']}>{row['to']}": float(row["estimate"]) for _, row in inner.iterrows()}
    return {"fit": alone, "each": (both - alone) / replicates, "paths": paths}


def peer_lifetimes(x: Any, t_x: Any, t: Any) -> dict[str, Any]:
    from lifetimes import BetaGeoFitter

    seconds, found = best(lambda: BetaGeoFitter().fit(x, t_x, t), 3)
    return {"seconds": seconds, "parameters": found.params_.to_dict()}


def peer_ipfn(people: dict[str, Any], margins: dict[str, dict[str, float]]) -> dict[str, Any]:
    import pandas as pd
    from ipfn import ipfn

    frame = pd.DataFrame(people)
    frame["total"] = 1.0
    targets = [pd.Series(margin) for margin in margins.values()]
    ways = [[name] for name in margins]

    def work() -> Any:
        return ipfn.ipfn(frame.copy(), targets, ways, convergence_rate=1e-9, max_iteration=1000).iteration()

    seconds, found = best(work, 2)
    return {"seconds": seconds, "weights": found["total"].to_numpy()[:1000].tolist()}


def peer_pandas(columns: dict[str, Any], tree: dict[str, dict[str, float]]) -> dict[str, Any]:
    import pandas as pd

    frame = pd.DataFrame(columns)

    def node(scores: Any, weights: Any) -> Any:
        answered = scores.notna().mul(weights).sum(axis=1)
        return (scores.mul(weights).sum(axis=1) / answered).where(answered >= 0.5 * weights.sum())

    def work() -> Any:
        scores = (frame - 1) / 4 * 100
        modules = pd.DataFrame(
            {name: node(scores[list(items)], pd.Series(items)) for name, items in tree.items()}
        )
        total = node(modules, pd.Series(1.0, index=modules.columns))
        everything = [scores, modules, total.to_frame("index")]
        return pd.concat(
            [pd.DataFrame({"n": t.count(), "mean": t.mean(), "se": t.sem()}) for t in everything]
        )

    seconds, found = best(work, 3)
    return {"seconds": seconds, "index": float(found.loc["index", "mean"])}


# --- the run


class Scratch:
    """An environment with the peers; `ask` runs one of the functions above in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.python = folder, folder / "venv/bin/python"
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder / "venv")], check=True)
        made = subprocess.run(
            [uv, "pip", "install", "-q", "--python", str(self.python), *PEERS], capture_output=True, text=True
        )
        self.trouble = made.stderr.strip() if made.returncode else ""

    def ask(self, function: str, *arguments: Any) -> dict[str, Any]:
        if self.trouble:
            return {"trouble": self.trouble}
        given = self.folder / "arguments.pickle"
        given.write_bytes(pickle.dumps(arguments))
        done = subprocess.run(
            [str(self.python), "-W", "ignore", __file__, "--child", function, str(given)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return {"trouble": (done.stderr.strip() or "no message").splitlines()[-1]}
        return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def line(what: str, own: str, peer: str, ratio: str, target: str) -> None:
    print(f"| {what} | {own} | {peer} | {ratio} | {target} |", flush=True)


def ms(seconds: float) -> str:
    return (
        f"{seconds:.1f} s"
        if seconds >= 10
        else f"{seconds * 1000:,.3g} ms"
        if seconds < 1
        else f"{seconds:.2f} s"
    )


def compare(
    what: str, own: float, peer: dict[str, Any], key: str, target: str, name: str, times: float = 1
) -> None:
    if "trouble" in peer:
        line(what, ms(own), f"{name} did not run: {peer['trouble']}", "–", target)
    else:
        theirs = peer[key] * times
        line(
            what,
            ms(own),
            f"{name} {ms(theirs)}",
            f"{theirs / own:,.0f} ×" if theirs > 10 * own else f"{theirs / own:.1f} ×",
            target,
        )


def run(source: Path | None, scratch: Scratch) -> None:
    from manyi.measures import drivers, lifetime, weighting

    print("| what | Manyi | peer | ratio | target |\n|---|---|---|---|---|")
    notes = []
    for rows, replicates, target in ((250, 100, "2,000 ×"), (10_000, 20, "500 ×")):
        data = survey(rows)
        fit, boot, found = own_pls(data, 1000)
        peer = scratch.ask("peer_plspm", data, replicates)
        compare(f"PLS fit, {rows:,} × 24", fit, peer, "fit", "–", "plspm")
        compare(
            f"PLS 1,000 bootstraps, {rows:,} × 24",
            boot,
            peer,
            "each",
            target,
            f"plspm (from {replicates})",
            1000,
        )
        if "paths" in peer:
            far = max(abs(found.paths[a, b] - peer["paths"][f"{a}>{b}"]) for a, b in PATHS)
            notes.append(f"paths of {rows:,} rows agree with plspm to {far:.0e}")
    child = subprocess.run(
        [sys.executable, __file__, "--child", "own_million"], capture_output=True, text=True, check=True
    )
    big = json.loads(child.stdout.splitlines()[-1])
    line(
        "PLS 1,000,000 × 24 with 1,000 bootstraps",
        ms(big["seconds"]),
        f"peak memory {big['peak']:,.0f} MB, of which the answers {192} MB and making them up to {big['before']:,.0f} MB",
        "–",
        "memory bounded",
    )

    rng = np.random.default_rng(4)
    x = rng.normal(size=(100_000, 15)) + rng.normal(size=(100_000, 1))
    y = x @ rng.uniform(0, 1, 15) + rng.normal(size=100_000)
    seconds, _ = best(lambda: drivers.shapley(x, y))
    line(
        "Shapley, 15 drivers exact, 100,000 rows",
        ms(seconds),
        "limit 0.2 s",
        f"{0.2 / seconds:.1f} × below",
        "0.2 s",
    )

    history = orders(source)
    seconds, fitted = best(lambda: lifetime.BetaGeo.fit(history["x"], history["t_x"], history["t"]))
    peer = scratch.ask("peer_lifetimes", history["x"], history["t_x"], history["t"])
    label = "CDNOW" if source else "drawn"
    compare(
        f"BG/NBD, {history['x'].size:,} customers ({label})", seconds, peer, "seconds", "3 ×", "lifetimes"
    )
    if "parameters" in peer:
        far = max(abs(getattr(fitted, name) / value - 1) for name, value in peer["parameters"].items())
        notes.append(f"parameters of BG/NBD agree with lifetimes to {far:.0e}")

    people, margins = sample()
    seconds, raked = best(lambda: weighting.rake(people, margins))
    peer = scratch.ask("peer_ipfn", people, margins)
    compare("Raking, 100,000 respondents × 4 margins", seconds, peer, "seconds", "50 ×", "ipfn")
    if "weights" in peer:
        far = float(np.abs(raked.weights[:1000] / peer["weights"] - 1).max())
        notes.append(f"raked weights agree with ipfn to {far:.0e}")

    columns, tree = ratings()
    seconds, scored = own_index(columns, tree)
    peer = scratch.ask("peer_pandas", columns, tree)
    compare("Index, 31 items × 1,000,000 respondents", seconds, peer, "seconds", "5 ×", "pandas")
    if "index" in peer:
        notes.append(f"index agrees with pandas to {abs(scored.index - peer['index']):.0e}")
    block = np.ones(31_000_000)
    reading, _ = best(block.sum)
    line(
        "… against reading 248 MB once",
        ms(seconds),
        f"`sum` {ms(reading)}",
        f"{reading / seconds:.2f} of bandwidth",
        "–",
    )
    print("\n" + "; ".join(notes) + ".")


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        arguments = pickle.loads(Path(sys.argv[3]).read_bytes()) if len(sys.argv) > 3 else ()
        print(json.dumps(globals()[sys.argv[2]](*arguments)))
        return
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "customer_value/CDNOW_master.txt"
    with tempfile.TemporaryDirectory() as folder:
        run(given if given.is_file() else None, Scratch(Path(folder)))


if __name__ == "__main__":
    main()
