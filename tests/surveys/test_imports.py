"""A finished survey's file becomes a wave, as a whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from manyi.events.models import Event, Job
from manyi.measures.index import score
from manyi.measures.tree import Tree
from manyi.scope import NotAllowed, Scope
from manyi.surveys.mapping import WaveMap, build_tree
from manyi.surveys.models import ImportFile, IndicatorTree, Response, Wave
from manyi.surveys.services import imports
from manyi.warehouse.tabular import TableError
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

CSV = """准时交付,数量准确,服务态度,响应速度,部门,意见,渠道
5,4,3,2,东区,<script>alert(1)</script>,电话
0,5,NA,4,西区,,门店
4,,5,5,东区,=HYPERLINK("http://x"),电话
"""


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


def upload(cast: Cast, at: datetime, data: str | bytes = CSV, name: str = "二月.csv", who: str = "manager") -> ImportFile:  # fmt: skip
    content = data.encode() if isinstance(data, str) else data
    unit = cast.east if who == "east_manager" else cast.group
    return imports.upload(cast.scope(who), data=content, name=name, unit=unit, at=at)


def test_a_file_that_fits_a_tree_is_imported_as_guessed(
    cast: Cast, at: datetime, files: Path, run_jobs: Callable[[], int]
) -> None:
    version = factories.tree_version(at)
    row = upload(cast, at)
    assert row.mapping["tree"] == "csi"
    job = imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    job.refresh_from_db()
    row.refresh_from_db()
    assert (job.state, job.done, job.result["responses"]) == (Job.State.DONE, 3, 3)
    wave = row.wave
    assert wave is not None
    assert (wave.source, wave.state, wave.tree_version, wave.unit) == (
        "imported",
        "closed",
        version,
        cast.group,
    )
    found = {r.answers.get("数量准确", r.answers.get("complete")): r for r in wave.responses.all()}
    assert found[5].answers == {"on_time": None, "complete": 5, "attitude": None, "speed": 4}
    assert found[5].unit == cast.west
    assert found[4].attributes == {"渠道": "电话"}
    assert (found[4].channel, found[4].weight, found[4].customer) == ("import", 1.0, None)
    assert Event.objects.get(kind="wave.imported").payload == {"responses": 3}
    assert not row.available, "the file is deleted after success"


def test_texts_become_answers_and_a_tree_is_built_and_published_on_the_way(
    cast: Cast, at: datetime, files: Path, run_jobs: Callable[[], int]
) -> None:
    row = upload(cast, at)
    assert row.mapping["texts"] == ["意见"]
    items = ["准时交付", "数量准确", "服务态度", "响应速度"]
    tree = build_tree({"zh": "新", "en": "New"}, (1, 5), dict.fromkeys(items, ""))
    chosen = WaveMap.from_dict(
        {**row.mapping, "items": items, "tree": tree, "missing": ["0", "NA"], "groups": ["渠道"]}
    )
    imports.choose(cast.scope("manager"), row=row, chosen=chosen)
    imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    row.refresh_from_db()
    assert row.wave is not None
    assert row.wave.tree_version.published
    assert [leaf.node.column for leaf in Tree.from_dict(row.wave.tree_version.definition).leaves()] == [
        "准时交付", "数量准确", "服务态度", "响应速度",
    ]  # fmt: skip
    texts = {r.answers.get("意见") for r in row.wave.responses.all()}
    assert texts == {"<script>alert(1)</script>", None, '=HYPERLINK("http://x")'}


def test_one_bad_cell_and_nothing_is_imported(
    cast: Cast, at: datetime, files: Path, run_jobs: Callable[[], int]
) -> None:
    factories.tree_version(at)
    row = upload(cast, at, CSV.replace("4,,5,5", "4,,7,五"))
    job = imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    row.refresh_from_db()
    job.refresh_from_db()
    assert (row.state, row.errors, job.state) == ("failed", 2, Job.State.FAILED)
    assert "2" in job.message["zh"]
    assert Wave.objects.count() == Response.objects.count() == 0
    lines = list(csv.reader(io.StringIO(row.error_file("zh").decode("utf-8-sig"))))
    assert lines[0] == ["行", "列", "值", "问题"]
    assert [line[:3] for line in lines[1:]] == [["4", "服务态度", "7"], ["4", "响应速度", "五"]]
    assert row.available, "the file stays, so that the mapping can be mended"


def test_a_tree_made_on_the_way_goes_when_the_import_fails(
    cast: Cast, at: datetime, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = upload(cast, at)
    row.mapping["wave"]["code"] = "taken"
    factories.wave(cast.group, at, code="taken")
    before = IndicatorTree.objects.count()
    with pytest.raises(Refused, match="taken"):
        imports.run(cast.scope("manager"), row=row, at=at)
    assert (IndicatorTree.objects.count(), Response.objects.count()) == (before, 0)


def test_an_import_runs_once(cast: Cast, at: datetime, files: Path, run_jobs: Callable[[], int]) -> None:
    factories.tree_version(at)
    row = upload(cast, at)
    job = imports.start(cast.scope("manager"), row=row, at=at)
    with pytest.raises(Refused):
        imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    from manyi.surveys.jobs_imports import import_wave

    import_wave(job)  # the queue may deliver twice
    assert Wave.objects.count() == 1


def test_without_the_right_for_the_unit_nothing_is_kept(cast: Cast, at: datetime, files: Path) -> None:
    for who in ("outsider", "agent"):
        with pytest.raises(NotAllowed):
            imports.upload(cast.scope(who), data=CSV.encode(), name="a.csv", unit=cast.east, at=at)
    assert not ImportFile.objects.exists()


def test_rows_of_other_units_are_refused(cast: Cast, at: datetime, files: Path) -> None:
    factories.tree_version(at)
    row = upload(cast, at, who="east_manager")
    chosen = WaveMap.from_dict({**row.mapping, "groups": ["渠道"], "unit": "部门"})
    found = imports.examine(cast.scope("east_manager"), chosen, row.table())
    assert found.rows is not None
    assert [(f.row, f.column, f.value) for f in found.rows.faults] == [(3, "部门", "西区")]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for line in csv.reader(io.StringIO(CSV)):
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "data"), [("a.csv", CSV.encode("gb18030")), ("a.xlsx", workbook())])
def test_encodings_and_sheets_give_the_same_wave(
    name: str, data: bytes, cast: Cast, at: datetime, files: Path
) -> None:
    factories.tree_version(at)
    row = upload(cast, at, data, name)
    found = imports.run(cast.scope("manager"), row=row, at=at)
    assert found.rows is not None
    assert [item.mean for item in found.rows.items] == [4.5, 4.5, 4.0, pytest.approx(11 / 3)]


def test_a_file_that_is_no_table_leaves_nothing_behind(cast: Cast, at: datetime, files: Path) -> None:
    with pytest.raises(TableError):
        upload(cast, at, b"a,b\n1\n")
    assert not ImportFile.objects.exists()
    assert not list(files.rglob("*.parquet"))


def test_files_go_after_seven_days(cast: Cast, at: datetime, files: Path) -> None:
    from datetime import timedelta

    row = upload(cast, at)
    assert ImportFile.discard_old(at + timedelta(days=6)) == 0
    assert ImportFile.discard_old(at + timedelta(days=8)) == 1
    assert not row.available


def test_the_command_line_imports_by_a_map(cast: Cast, at: datetime, files: Path) -> None:
    factories.tree_version(at)
    (files / "a.csv").write_bytes(CSV.encode("gb18030"))
    (files / "MAP.yaml").write_text(
        yaml.safe_dump(
            {
                "wave": {"name": {"zh": "二月", "en": "February"}, "code": "feb", "series": "main", "unit": "east"},
                "tree": "csi", "missing": [0, "NA"], "groups": ["渠道"],
                "items": {"准时交付": "on_time", "数量准确": "complete", "服务态度": "attitude", "响应速度": "speed"},
            },
            allow_unicode=True,
        )
    )  # fmt: skip
    run = {"path": files / "a.csv", "map_path": files / "MAP.yaml", "at": at}
    wave = imports.run_import(Scope.system("test"), **run)
    assert (wave.code, wave.series, wave.unit, wave.responses.count()) == ("feb", "main", cast.east, 3)
    with pytest.raises(Refused, match="feb"):
        imports.run_import(Scope.system("test"), **run)
    (files / "a.csv").write_text(CSV.replace("5,4,3,2", "5,4,3,9"))
    with pytest.raises(imports.ImportRefused, match="row 2, column “响应速度”: '9'"):
        imports.run_import(Scope.system("test"), **run)
    (files / "MAP.yaml").write_text("wave: [1]")
    with pytest.raises(Refused, match="wave: expected keys and values"):
        imports.run_import(Scope.system("test"), **run)


def test_the_airline_survey_gives_the_published_means(
    cast: Cast, at: datetime, files: Path, test_data: Path
) -> None:
    path = test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz"
    row = upload(cast, at, path.read_bytes(), path.name)
    found = imports.run(cast.scope("manager"), row=row, at=at)
    assert row.wave is not None
    assert Response.objects.filter(wave=row.wave).count() == 129_880
    assert found.rows is not None
    means = {item.column: (round(item.mean or 0, 4), item.missing) for item in found.rows.items}
    assert means == {
        "Departure and Arrival Time Convenience": (3.2234, 6681), "Ease of Online Booking": (2.883, 5682),
        "Check-in Service": (3.3063, 1), "Online Boarding": (3.3316, 3080), "Gate Location": (2.9769, 1),
        "On-board Service": (3.3832, 5), "Seat Comfort": (3.4414, 1), "Leg Room Service": (3.3664, 598),
        "Cleanliness": (3.2867, 14), "Food and Drink": (3.208, 132), "In-flight Service": (3.6423, 5),
        "In-flight Wifi Service": (2.8135, 3916), "In-flight Entertainment": (3.3585, 18),
        "Baggage Handling": (3.6321, 0),
    }  # fmt: skip
    tree = Tree.from_dict(row.wave.tree_version.definition)
    result = score(tree, {item.answer: item.values for item in found.rows.items})
    # All items weigh the same, so the index is near the mean of the item scores (who skipped what differs).
    expected = sum((m - 1) / 4 * 100 for m, _ in means.values()) / 14
    assert result.index == pytest.approx(expected, abs=0.2)


def test_the_hospital_survey_is_imported(cast: Cast, at: datetime, files: Path, test_data: Path) -> None:
    path = test_data / "public_surveys" / "hcahps" / "responses.csv"
    row = upload(cast, at, path.read_bytes(), path.name)
    found = imports.run(cast.scope("manager"), row=row, at=at)
    assert found.rows is not None
    lines = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    rates = [
        float(line["Response Rate (%)"]) for line in lines if line["Response Rate (%)"] != "Not Available"
    ]
    item = found.rows.items[0]
    assert (item.n, item.missing) == (len(rates), len(lines) - len(rates))
    assert item.mean == pytest.approx(sum(rates) / len(rates))
    assert row.wave is not None
    assert row.wave.responses.count() == len(lines)


def test_state_results_of_the_hospital_survey_are_measured_by_a_tree(
    cast: Cast, at: datetime, files: Path, test_data: Path
) -> None:
    """Top-box percentages of each measure, one row per state and release, as an agency would send them."""
    folder = test_data / "public_surveys" / "hcahps"
    lines = list(csv.DictReader((folder / "state_results.csv").read_text("utf-8").splitlines()))
    measures = sorted({line["Measure ID"] for line in lines})
    table: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        row = table.setdefault((line["State"], line["Release Period"]), {})
        row[line["Measure ID"]] = line["Top-box Percentage"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["State", "Release Period", *measures])
    writer.writerows([*key, *(cells.get(m, "") for m in measures)] for key, cells in table.items())
    factories.tree_version(
        at, code="hcahps", definition=build_tree({"zh": "住院体验", "en": "Hospital stay"}, (0, 100), dict.fromkeys(measures, ""))
    )  # fmt: skip
    row = upload(cast, at, out.getvalue(), "states.csv")
    assert row.mapping["tree"] == "hcahps"
    assert set(row.mapping["groups"]) == {"State", "Release Period"}
    numbers = [c for cells in table.values() for c in cells.values() if c and not c.isdigit()]
    chosen = WaveMap.from_dict({**row.mapping, "missing": sorted(set(numbers))})
    found = imports.examine(cast.scope("manager"), chosen, row.table())
    assert found.usable
    assert found.rows is not None
    for item in found.rows.items:
        values = [float(c[item.answer]) for c in table.values() if c.get(item.answer, "").isdigit()]
        assert (item.n, item.mean) == (len(values), pytest.approx(sum(values) / len(values)))
