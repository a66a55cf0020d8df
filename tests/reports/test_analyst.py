"""`manyi report`: from a spreadsheet to a report, and what it says when the spreadsheet is wrong."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pymupdf
import pytest
from typer.testing import CliRunner

from manyi.cli import app
from manyi.reports import analyst

TREE = """
name: {zh: 满意度, en: Satisfaction}
scale: {min: 1, max: 5, missing: [0, N/A]}
tree:
  - {code: a, name: {zh: 甲, en: A}, weight: 3, column: q1}
  - {code: b, name: {zh: 乙, en: B}, weight: 1, column: q2}
"""
ANSWERS = "q1,q2,branch,w\n5,1,East,1\n3,0,East,2\n1,5,West,1\nN/A,4,West,1\n,,West,1\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "tree.yaml").write_text(TREE, "utf-8")
    (tmp_path / "answers.csv").write_text(ANSWERS, "utf-8")
    return tmp_path


def _run(folder: Path, *options: str, out: str = "out.json") -> object:
    return CliRunner().invoke(
        app, ["report", str(folder / "answers.csv"), "--tree", str(folder / "tree.yaml"), *options, "--language",
              "en", "--out", str(folder / out)],
    )  # fmt: skip


def test_the_json_holds_the_hand_computed_index(files: Path) -> None:
    assert _run(files, "--by", "branch").exit_code == 0  # type: ignore[attr-defined]
    found = json.loads((files / "out.json").read_text("utf-8"))
    # Row 1: (3·100 + 1·0)/4 = 75. Row 2: item b missing, 50. Row 3: (0 + 100)/4 = 25.
    # Row 4: only b answered, a quarter of the weight: no index. Row 5: nothing answered.
    assert found["n"] == 3
    assert found["index"] == pytest.approx(50)
    east, west = found["groups"]["branch"]["East"], found["groups"]["branch"]["West"]
    assert (east["index"], east["n"], west["index"], west["n"]) == (62.5, 2, 25, 1)
    assert {n["code"]: n["n"] for n in found["nodes"]} == {"index": 3, "a": 3, "b": 3}
    assert {"code", "level", "score", "ci_low", "ci_high", "n", "weight"} <= set(found["nodes"][0])


def test_weights_count(files: Path) -> None:
    assert _run(files, "--weight", "w").exit_code == 0  # type: ignore[attr-defined]
    found = json.loads((files / "out.json").read_text("utf-8"))
    assert found["index"] == pytest.approx((75 + 2 * 50 + 25) / 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "answers.csv").write_text("q1,q2\n5,x\n"), "Row 2, column “q2”: “x” is not a number"),
        (lambda f: (f / "answers.csv").write_text("q1\n5\n"), "no column “q2”"),
        (lambda f: (f / "answers.csv").write_text("q1,q2\n9,1\n"), "9"),
        (lambda f: (f / "answers.csv").write_text(""), "empty"),
        (lambda f: (f / "answers.csv").unlink(), "There is no file"),
        (lambda f: (f / "tree.yaml").write_text("tree: ["), "no valid YAML"),
        (lambda f: (f / "tree.yaml").write_text("[" * 5000), "no valid YAML"),
        (
            lambda f: (f / "tree.yaml").write_text("name: {en: A}\nscale: {min: 5, max: 1}\ntree: []"),
            "tree.yaml",
        ),
    ],
)
def test_bad_input_is_one_readable_paragraph(files: Path, change: object, message: str) -> None:
    change(files)  # type: ignore[operator]
    result = _run(files)
    assert result.exit_code == 1  # type: ignore[attr-defined]
    assert message in result.stderr  # type: ignore[attr-defined]
    assert "Traceback" not in result.output  # type: ignore[attr-defined]
    assert not (files / "out.json").exists()


def test_an_unknown_ending_is_refused(files: Path) -> None:
    assert "must end in" in _run(files, out="out.docx").stderr  # type: ignore[attr-defined]


def test_pdf_xlsx_and_html_hold_the_same_figures(files: Path) -> None:
    for name in ("out.pdf", "out.xlsx", "out.html"):
        assert _run(files, "--by", "branch", out=name).exit_code == 0  # type: ignore[attr-defined]
    text = "".join(page.get_text() for page in pymupdf.open(files / "out.pdf"))
    assert "50.0" in text
    assert "Index by branch" in text
    book = openpyxl.load_workbook(files / "out.xlsx")
    assert book["Summary"]["B5"].value == "50.0"
    assert "50.0" in (files / "out.html").read_text("utf-8")


def test_hostile_names_stay_text(files: Path) -> None:
    tree = TREE.replace("zh: 甲, en: A", 'zh: 甲, en: "<script>alert(1)</script>"').replace(
        "en: B", 'en: "=1+1"'
    )
    (files / "tree.yaml").write_text(tree, "utf-8")
    for name in ("out.html", "out.xlsx"):
        assert _run(files, out=name).exit_code == 0  # type: ignore[attr-defined]
    assert "<script>" not in (files / "out.html").read_text("utf-8")
    cells = [
        c.value for s in openpyxl.load_workbook(files / "out.xlsx") for row in s.iter_rows() for c in row
    ]
    assert "'=1+1" in cells
    assert not any(isinstance(c, str) and c.startswith("=") for c in cells)


AIRLINE = """
name: {zh: 航空, en: Airline}
scale: {min: 1, max: 5, missing: [0]}
tree:
  - {code: seat, name: {zh: 座椅, en: Seat}, weight: 1, column: Seat Comfort}
  - {code: wifi, name: {zh: 网络, en: Wi-Fi}, weight: 1, column: In-flight Wifi Service}
  - {code: bags, name: {zh: 行李, en: Baggage}, weight: 1, column: Baggage Handling}
"""


def test_the_airline_survey_gives_its_true_item_means(test_data: Path, tmp_path: Path) -> None:
    source = tmp_path / "airline.csv"
    packed = test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz"
    source.write_bytes(gzip.decompress(packed.read_bytes()))
    (tmp_path / "tree.yaml").write_text(AIRLINE, "utf-8")
    result = analyst.run(
        source, tree=tmp_path / "tree.yaml", out=tmp_path / "o.json", by=["Class"], made=date(2026, 1, 1)
    )
    for code, mean in (("seat", 3.4414), ("wifi", 2.8135), ("bags", 3.6321)):
        assert (result.node(code).score or 0) / 25 + 1 == pytest.approx(mean, abs=6e-5)
    assert {k: r.n for k, r in result.groups["Class"].items()} == {
        "Business": 62160, "Economy": 58309, "Economy Plus": 9411
    }  # fmt: skip


def test_the_hospital_survey_goes_through(test_data: Path, tmp_path: Path) -> None:
    folder = test_data / "public_surveys" / "hcahps"
    tree = """
name: {zh: 回收率, en: Response rate}
scale: {min: 0, max: 100, missing: [Not Available]}
tree: [{code: rate, name: {zh: 回收率, en: Response rate}, column: Response Rate (%)}]
"""
    (tmp_path / "tree.yaml").write_text(tree, "utf-8")
    result = analyst.run(
        folder / "responses.csv", tree=tmp_path / "tree.yaml", out=tmp_path / "o.json", by=["Release Period"],
        made=date(2026, 1, 1),
    )  # fmt: skip
    rows = [line.rsplit(",", 1)[-1] for line in (folder / "responses.csv").read_text().splitlines()[1:]]
    known = [float(value) for value in rows if value != "Not Available"]
    assert result.n == len(known)
    assert result.index == pytest.approx(sum(known) / len(known))


def test_gb18030_and_xlsx_give_the_same_index(files: Path) -> None:
    (files / "answers.csv").write_bytes(ANSWERS.replace("East", "东区").encode("gb18030"))
    assert _run(files).exit_code == 0  # type: ignore[attr-defined]
    first = json.loads((files / "out.json").read_text("utf-8"))["index"]
    book = openpyxl.Workbook()
    for row in ANSWERS.splitlines():
        book.active.append(row.split(","))
    stream = io.BytesIO()
    book.save(stream)
    (files / "answers.csv").write_bytes(stream.getvalue())
    assert _run(files).exit_code == 0  # type: ignore[attr-defined]
    assert json.loads((files / "out.json").read_text("utf-8"))["index"] == first
