"""`manyi model`: published numbers through the command, every form of result, and what it says to bad files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pymupdf
import pytest
import yaml
from django.utils import translation
from typer.testing import CliRunner

from manyi.cli import app
from manyi.measures import pls
from manyi.reports import structural
from manyi.reports.analyst import ReportError
from manyi.reports.structural_document import verdict

BANK = {
    "preset": "ecsi",
    "blocks": {
        name: [f"{short}{k}" for k in range(1, size + 1)]
        for name, short, size in (
            ("image", "imag", 5),
            ("expectation", "expe", 5),
            ("quality", "qual", 5),
            ("value", "val", 4),
            ("satisfaction", "sat", 4),
            ("loyalty", "loy", 4),
        )
    },
    "scale": {"min": 0, "max": 10},
}
SMALL: dict[str, Any] = {
    "paths": [["care", "trust"]],
    "blocks": {
        "care": {"name": {"zh": "服务", "en": "Care"}, "columns": ["c1", "c2", "c3"], "reversed": ["c3"]},
        "trust": ["t1", "t2"],
    },
    "scale": {"min": 1, "max": 5, "missing": [9, "n/a"]},
    "bootstrap": 100,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Answers of 300 people on two constructs; c3 is asked the other way round."""
    rng = np.random.default_rng(5)
    care = rng.normal(size=300)
    trust = 0.7 * care + 0.7 * rng.normal(size=300)
    rows = []
    for i in range(300):
        c = np.clip(np.round(3 + care[i] + 0.4 * rng.normal(size=3)), 1, 5).astype(int)
        t = np.clip(np.round(3 + trust[i] + 0.4 * rng.normal(size=2)), 1, 5).astype(int)
        rows.append(
            [
                c[0],
                c[1],
                6 - c[2],
                t[0],
                t[1],
                "East" if i < 180 else "West" if i < 290 else "North",
                1 + i % 3,
            ]
        )
    rows[3][0], rows[4][1], rows[5][2] = 9, "n/a", ""
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["c1", "c2", "c3", "t1", "t2", "branch", "w"], *rows])
    return tmp_path


def _run(
    folder: Path,
    model: dict[str, Any],
    out: str = "out.json",
    answers: Path | None = None,
    language: str = "en",
) -> Any:
    (folder / "model.yaml").write_text(yaml.safe_dump(model, allow_unicode=True), "utf-8")
    return CliRunner().invoke(
        app,
        ["model", str(answers or folder / "answers.csv"), "--model", str(folder / "model.yaml"), "--out",
         str(folder / out), "--language", language],
    )  # fmt: skip


def _found(folder: Path, model: dict[str, Any], **more: Any) -> dict[str, Any]:
    result = _run(folder, model, **more)
    assert result.exit_code == 0, result.output
    return json.loads((folder / "out.json").read_text("utf-8"))  # type: ignore[no-any-return]


def _paths(found: dict[str, Any], what: str = "paths") -> dict[tuple[str, str], float]:
    return {(row["from"], row["to"]): row["value"] for row in found[what]}


@pytest.mark.reference
def test_the_bank_survey_gives_the_published_numbers(test_data: Path, tmp_path: Path) -> None:
    data = test_data / "measures"
    model = BANK | {"scheme": "centroid", "metric": "covariance", "bootstrap": 0}
    found = _found(tmp_path, model, answers=data / "satisfaction.csv")
    assert found["n"] == 250
    paths = _paths(found)
    for source, value in (
        ("image", 0.2007),
        ("expectation", -0.0028),
        ("quality", 0.1221),
        ("value", 0.5893),
    ):
        assert paths[source, "satisfaction"] == pytest.approx(value, abs=6e-5)
    published = {
        "expectation": 0.335194, "quality": 0.719688, "value": 0.590084, "satisfaction": 0.707321, "loyalty": 0.509923
    }  # fmt: skip
    for name, value in published.items():
        assert found["r2"][name] == pytest.approx(value, abs=1e-6)
    alphas = {
        "image": 0.8302, "expectation": 0.8466, "quality": 0.8713, "value": 0.8357, "satisfaction": 0.8940, "loyalty": 0.8194
    }  # fmt: skip
    for name, value in alphas.items():
        assert found["reliability"][name]["alpha_std"] == pytest.approx(value, abs=6e-5)
    names = dict(zip(("IMAG", "EXPE", "QUAL", "VAL", "SAT", "LOY"), BANK["blocks"], strict=True))  # type: ignore[call-overload]
    total, indirect = _paths(found, "total_effects"), _paths(found, "indirect_effects")
    with (data / "satisfaction.effects.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pair = names[row["from"]], names[row["to"]]
            assert total[pair] == pytest.approx(float(row["total"]), abs=1e-6)
            assert indirect.get(pair, 0.0) == pytest.approx(float(row["indirect"]), abs=1e-6)


@pytest.mark.reference
def test_the_bank_survey_on_correlations_gives_the_published_paths(test_data: Path, tmp_path: Path) -> None:
    model = BANK | {"scheme": "centroid", "bootstrap": 0}
    found = _found(tmp_path, model, answers=test_data / "measures/satisfaction.csv")
    paths = _paths(found)
    for source, value in (("image", 0.1833), ("expectation", 0.0072), ("quality", 0.1389), ("value", 0.5821)):
        assert paths[source, "satisfaction"] == pytest.approx(value, abs=6e-5)
    assert found["r2"]["satisfaction"] == pytest.approx(0.7032, abs=6e-5)


def test_the_json_holds_what_the_engine_computes_from_the_turned_and_cleaned_columns(folder: Path) -> None:
    found = _found(folder, SMALL)
    with (folder / "answers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    data = {
        c: np.array([np.nan if r[c] in ("", "9", "n/a") else float(r[c]) for r in rows])
        for c in ("c1", "c2", "c3", "t1", "t2")
    }
    data["c3"] = 6 - data["c3"]
    model = pls.Model({"care": ["c1", "c2", "c3"], "trust": ["t1", "t2"]}, [("care", "trust")])
    fit = pls.fit(data, model, scale=(1, 5), bootstrap=100, seed=1)
    assert _paths(found) == {("care", "trust"): pytest.approx(fit.paths["care", "trust"])}
    assert found["loadings"] == pytest.approx(dict(fit.loadings))
    assert all(value > 0.7 for value in found["loadings"].values())
    for name, index in fit.index.items():
        assert found["index"][name]["score"] == pytest.approx(index.score)
        assert found["index"][name]["low"] < found["index"][name]["score"] < found["index"][name]["high"]
        assert found["index"][name]["se"] == pytest.approx(index.se)
    interval = found["intervals"]["paths"][0]
    assert interval["low"] < found["paths"][0]["value"] < interval["high"]
    assert found["htmt"][0]["value"] == pytest.approx(fit.htmt["care", "trust"])
    assert found["warnings"] == ["3 missing answers were replaced by the mean."]
    assert (found["n"], found["seed"], found["bootstrap"]) == (300, 1, 100)


def test_groups_are_fitted_apart_and_a_small_one_says_why_not(folder: Path) -> None:
    found = _found(folder, SMALL | {"by": "branch"})
    assert set(found["groups"]) == {"East", "North", "West"}
    assert found["groups"]["East"]["n"] == 180
    assert found["groups"]["East"]["paths"] != found["paths"]
    assert found["groups"]["North"] == {"error": "The model needs 50 respondents; there are 10."}


def test_weights_count(folder: Path) -> None:
    plain, weighted = _found(folder, SMALL), _found(folder, SMALL | {"weight": "w"})
    assert weighted["index"]["care"]["score"] != plain["index"]["care"]["score"]


def test_a_construct_formed_by_its_items(folder: Path) -> None:
    care = SMALL["blocks"]["care"] | {"mode": "B"}
    found = _found(folder, SMALL | {"blocks": SMALL["blocks"] | {"care": care}})
    assert found["reliability"]["care"]["alpha"] is None
    assert found["constructs"]["care"]["mode"] == "B"


def test_html_pdf_and_xlsx_hold_the_same_numbers_in_both_languages(folder: Path) -> None:
    score = f"{_found(folder, SMALL | {'by': 'branch'})['index']['care']['score']:.1f}"
    for language, words in (
        ("en", ("Care", "Is each construct measured well?")),
        ("zh", ("服务", "各构念测得好不好")),
    ):
        for name in ("out.html", "out.pdf", "out.xlsx"):
            assert _run(folder, SMALL | {"by": "branch"}, name, language=language).exit_code == 0
        html = (folder / "out.html").read_text("utf-8")
        pdf = "".join(page.get_text() for page in pymupdf.open(folder / "out.pdf"))
        book = openpyxl.load_workbook(folder / "out.xlsx")
        cells = " ".join(
            str(c.value) for s in book for row in s.iter_rows() for c in row if c.value is not None
        )
        for text in (html, pdf):
            assert score in text
            assert all(word in text for word in words)
            assert "East (n = 180)" in text
        assert score in cells
        assert words[0] in cells
        assert "<svg" in html


def test_chinese_warnings_name_the_constructs_as_the_file_does(folder: Path) -> None:
    same = [line.split(",") for line in (folder / "answers.csv").read_text("utf-8").splitlines()]
    for row in same[1:]:
        row[3] = row[0]
    (folder / "answers.csv").write_text("\n".join(",".join(row) for row in same), "utf-8")
    result = _run(folder, SMALL, language="zh")
    assert "“服务”与“trust”难以区分" in result.stderr


BLOCKS = SMALL["blocks"]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"preset": "acsi"}, "Give either ‘preset’ (acsi, ecsi or ccsi) or ‘paths’."),
    ({"paths": None}, "Give either"),
    ({"paths": None, "preset": "xyz"}, "preset: “xyz” is unknown"),
    ({"paths": None, "preset": "acsi"}, "ACSI has no construct 'care'"),
    ({"paths": ["care"]}, "paths: expected a list of pairs"),
    ({"paths": [["care", "price"]]}, "names 'price', which has no columns"),
    ({"paths": [["care", "trust"], ["trust", "care"]]}, "run in a circle"),
    ({"blocks": []}, "blocks: expected names with values"),
    ({"blocks": BLOCKS | {"trust": "t1"}}, "blocks → trust: expected names with values"),
    ({"blocks": BLOCKS | {"trust": {"columns": ["t1"], "mod": "A"}}}, "blocks → trust: “mod” is unknown"),
    ({"blocks": BLOCKS | {"trust": {"columns": ["t1"], "mode": "C"}}}, "The mode of 'trust' is 'C'"),
    ({"blocks": BLOCKS | {"trust": {"columns": ["t1"], "reversed": ["x"]}}}, "“x” is none of its columns"),
    ({"blocks": BLOCKS | {"trust": ["t1", "c1"]}}, "Column 'c1' measures both 'care' and 'trust'"),
    ({"blocks": BLOCKS | {"trust": ["t1", "t7"]}}, "trust: the file has no column “t7”"),
    ({"blocks": BLOCKS | {"trust": ["branch"]}}, "trust: Row 2, column “branch”: “East” is not a number"),
    ({"scale": None}, "Reversed columns need a scale"),
    ({"scale": {"min": 5, "max": 1}}, "scale: expected min and max"),
    ({"scale": {"min": 1, "max": 5}}, "care: row 5, column “c1”: 9 is outside the scale 1 to 5"),
    ({"scheme": "best"}, "scheme is 'best'"),
    ({"bootstrap": -1}, "bootstrap: “-1” is no whole number"),
    ({"bootstrap": 10**7}, "bootstrap: at most 100,000"),
    ({"confidence": 95}, "confidence: expected a share such as 0.95"),
    ({"weight": "weight"}, "weight: the file has no column “weight”"),
    ({"weight": ["w"]}, "weight: expected the name of one column"),
    ({"by": "town"}, "by: the file has no column “town”"),
    ({"weights": "w"}, "“weights” is unknown; there are name, preset, paths"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_a_bad_model_is_one_readable_paragraph_and_nothing_is_written(
    folder: Path, change: dict[str, Any], message: str
) -> None:
    model = {key: value for key, value in (SMALL | change).items() if value is not None}
    if change.get("scale") == {"min": 1, "max": 5}:
        model["scale"] = {"min": 1, "max": 5, "missing": ["n/a"]}
    result = _run(folder, model)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (folder / "out.json").exists()


def test_bad_files_and_names(folder: Path) -> None:
    assert "must end in" in _run(folder, SMALL, "out.docx").stderr
    assert "There is no file" in _run(folder, SMALL, answers=folder / "none.csv").stderr
    for content, message in (
        ("blocks: [", "no valid YAML"),
        ("[" * 5000, "no valid YAML"),
        ("- 1", "The file"),
    ):
        (folder / "bad.yaml").write_text(content)
        with translation.override("en"), pytest.raises(ReportError, match=message):
            structural.read_model(folder / "bad.yaml")


def test_too_few_answers_are_refused(folder: Path) -> None:
    lines = (folder / "answers.csv").read_text("utf-8").splitlines()
    (folder / "answers.csv").write_text("\n".join(lines[:40]), "utf-8")
    assert "The model needs 50 respondents; there are 39." in _run(folder, SMALL).stderr


def test_hostile_names_stay_text(folder: Path) -> None:
    care = SMALL["blocks"]["care"] | {"name": {"zh": "=1+1", "en": "<script>alert(1)</script>"}}
    model = SMALL | {"blocks": SMALL["blocks"] | {"care": care}}
    assert _run(folder, model, "out.html").exit_code == 0
    assert "<script>" not in (folder / "out.html").read_text("utf-8")
    assert _run(folder, model, "out.xlsx", language="zh").exit_code == 0
    cells = [
        c.value for s in openpyxl.load_workbook(folder / "out.xlsx") for row in s.iter_rows() for c in row
    ]
    assert not any(isinstance(c, str) and c.startswith("=") for c in cells)


def test_no_bar_is_drawn_where_nobody_watches(folder: Path) -> None:
    result = _run(folder, SMALL | {"bootstrap": 3000})
    assert "━" not in result.output
    assert result.stderr == "! 3 missing answers were replaced by the mean.\n"


def test_progress_runs_from_nothing_to_all(folder: Path) -> None:
    (folder / "m.yaml").write_text(yaml.safe_dump(SMALL | {"by": "branch"}), "utf-8")
    seen: list[float] = []
    from manyi.warehouse.tabular import read_table

    table = read_table(folder / "answers.csv", name="answers.csv")
    structural.compute(table, structural.read_model(folder / "m.yaml"), seen.append)
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert seen[-1] == 1


@pytest.mark.parametrize(
    ("alpha", "rho", "ave", "items", "forming", "words"),
    [
        (0.9, 0.92, 0.7, 4, False, "Good"),
        (0.97, 0.98, 0.9, 4, False, "repeat one another"),
        (0.65, 0.75, 0.55, 3, False, "Fair"),
        (0.75, 0.8, 0.45, 3, False, "Weak"),
        (0.2, 0.4, 0.3, 3, False, "Poor"),
        (float("nan"), 1.0, 1.0, 1, False, "One item only"),
        (float("nan"), float("nan"), float("nan"), 3, True, "Formed by its items"),
    ],
)
def test_verdicts(alpha: float, rho: float, ave: float, items: int, forming: bool, words: str) -> None:
    with translation.override("en"):
        assert words in verdict(pls.Reliability(alpha, alpha, alpha, rho, ave), items, forming)
