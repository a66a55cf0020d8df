"""The wave import in the browser and over the API: upload, columns, preview, import."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from manyi.measures.tree import Tree
from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from manyi.surveys.models import ImportFile, Response, Wave
from tests import factories
from tests.conftest import Cast

CSV = (
    "准时交付,数量准确,服务态度,响应速度,部门,<script>alert(1)</script>\n"
    "5,4,3,2,东区,<img src=x>\n0,5,NA,4,西区,b\n4,,5,5,东区,b\n"
)
FORM = {"name_zh": "二月", "name_en": "February", "date": "2026-02-28", "series": "main", "missing": "0，NA"}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, cast: Cast, data: bytes = CSV.encode(), name: str = "feb.csv") -> str:
    file = SimpleUploadedFile(name, data)
    answer = client.post(reverse("wave-imports"), {"file": file, "unit": cast.group.pk})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def roles(*values: str) -> dict[str, str]:
    return {f"role-{i}": value for i, value in enumerate(values)}


def test_a_file_goes_from_upload_to_wave(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    factories.tree_version(at)
    client = as_(cast.manager)
    page = upload(client, cast)
    shown = client.get(page).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<img src=x>" not in shown
    assert '<option value="item:on_time" selected>' in shown
    columns = roles("item:on_time", "item:complete", "item:attitude", "item:speed", "unit", "group")
    answer = client.post(page, {**FORM, **columns, "tree": "csi", "action": "preview"}, follow=True)
    shown = answer.content.decode()
    assert "Import 3 responses" in shown
    assert "4.500" in shown
    assert '<del class="text-secondary">NA</del>' in shown
    answer = client.post(page, {**FORM, **columns, "tree": "csi", "action": "import"})
    run_jobs()
    assert "3 responses were imported" in client.get(answer["Location"]).content.decode()
    wave = Wave.objects.get()
    assert (wave.name, wave.series, wave.closed_at and wave.closed_at.date().isoformat()) == (
        {"zh": "二月", "en": "February"}, "main", "2026-02-28",
    )  # fmt: skip
    assert "3 responses became a wave" in client.get(page).content.decode()


def test_a_tree_is_built_with_dimensions_and_turned_columns(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    client = as_(cast.manager)
    page = upload(client, cast)
    columns = roles("item", "item", "item", "item", "unit", "")
    form = {
        **FORM, **columns, "tree": "+built", "scale_min": "1", "scale_max": "5", "dimension-0": "交付",
        "dimension-1": "交付", "dimension-2": "服务", "dimension-3": "服务", "reversed-3": "1", "action": "preview",
    }  # fmt: skip
    shown = client.post(page, form, follow=True).content.decode()
    assert 'name="dimension-3" value="服务"' in shown
    client.post(page, {**form, "action": "import"})
    run_jobs()
    wave = Wave.objects.get()
    tree = Tree.from_dict(wave.tree_version.definition)
    assert [(p.node.name["zh"], p.level) for p in tree.nodes()][1:] == [
        ("交付", 2), ("准时交付", 3), ("数量准确", 3), ("服务", 2), ("服务态度", 3), ("响应速度", 3),
    ]  # fmt: skip
    assert sorted(r.answers["响应速度"] for r in wave.responses.all()) == [1, 2, 4]


def test_choosing_a_tree_matches_its_items_to_the_columns(cast: Cast, at: datetime) -> None:
    client = as_(cast.manager)
    page = upload(client, cast)
    factories.tree_version(at)
    client.post(page, {**FORM, **roles("", "", "group", "", "", ""), "tree": "csi"})
    mapping = ImportFile.objects.get().mapping
    assert mapping["items"] == {
        "准时交付": "on_time",
        "数量准确": "complete",
        "服务态度": "attitude",
        "响应速度": "speed",
    }
    assert "groups" not in mapping


def test_an_uploaded_tree_takes_the_place_of_the_choice(cast: Cast, at: datetime) -> None:
    client = as_(cast.manager)
    page = upload(client, cast)
    tree = SimpleUploadedFile("t.json", json.dumps(factories.TREE).encode())
    client.post(page, {**FORM, **roles("", "", "", "", "", ""), "tree": "+built", "tree_file": tree})
    assert ImportFile.objects.get().mapping["items"]["准时交付"] == "on_time"
    assert "The uploaded tree file" in client.get(page).content.decode()
    bad = SimpleUploadedFile("t.yaml", b"name: x\nscale: {min: 5, max: 1}\ntree: []")
    answer = client.post(page, {**FORM, **roles("", "", "", "", "", ""), "tree": "+file", "tree_file": bad})
    assert answer.status_code == 422


def test_bad_cells_are_shown_and_listed_in_the_error_file(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    factories.tree_version(at)
    client = as_(cast.manager)
    page = upload(client, cast, CSV.replace("5,4,3,2", "5,4,=1+1,9").encode("gb18030"))
    columns = roles("item:on_time", "item:complete", "item:attitude", "item:speed", "unit", "group")
    shown = client.post(
        page, {**FORM, **columns, "tree": "csi", "action": "import"}, follow=True
    ).content.decode()
    assert "2 cells cannot be used" in shown
    assert "formulas are not computed" in shown
    assert not Wave.objects.exists()
    from manyi.surveys.services import imports

    imports.run(cast.scope("manager"), row=ImportFile.objects.get(), at=at)
    assert "Nothing was imported: 2 problems" in client.get(page).content.decode()
    lines = client.get(page + "errors.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("2,服务态度,'=1+1,")
    assert lines[2].startswith("2,响应速度,9,")


def test_a_form_with_errors_keeps_what_was_chosen(cast: Cast, at: datetime) -> None:
    client = as_(cast.manager)
    page = upload(client, cast)
    form = {**FORM, **roles("date", "date", "item", "", "", ""), "tree": "+built", "dimension-2": "新维度"}
    answer = client.post(page, form)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Two columns are marked as “Date of the answer”" in shown
    assert "新维度" in shown


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows of data"),
        (b"a,b\n1,\0\n", "NUL"),
        (b"a\n\xff\xff\n", "neither UTF-8 nor GB18030"),
        (",".join(f"c{i}" for i in range(1_000_000)).encode(), "1000000 columns"),
        (b"a,b\n1," + b"x" * 10_000_000, "longer than"),
        (b"PK\x03\x04garbage", "Excel workbook"),
    ],
    ids=["empty", "header", "nul", "encoding", "columns", "cell", "workbook"],
)
def test_hostile_files_are_answered_beside_the_field(
    data: bytes, words: str, cast: Cast, files: Path
) -> None:
    file = SimpleUploadedFile("x.csv", data)
    answer = as_(cast.manager).post(reverse("wave-imports"), {"file": file, "unit": cast.group.pk})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportFile.objects.exists()
    assert not list(files.rglob("*.parquet"))


def test_a_file_above_the_limit_is_refused(cast: Cast, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    file = SimpleUploadedFile("x.csv", b"a,b\n1,2\n3,4\n")
    answer = as_(cast.manager).post(reverse("wave-imports"), {"file": file, "unit": cast.group.pk})
    assert answer.status_code == 422


def test_others_find_nothing(cast: Cast, at: datetime) -> None:
    client = as_(cast.manager)
    page = upload(client, cast)
    for user in (cast.outsider, cast.east_manager):
        other = as_(user)
        assert other.get(page).status_code == 404
        assert other.post(page, FORM).status_code == 404
        assert other.get(page + "errors.csv").status_code == 404
        assert other.post(page + "discard/").status_code == 404
        assert "feb.csv" not in other.get(reverse("wave-imports")).content.decode()
    assert as_(cast.agent).get(reverse("wave-imports")).status_code == 403
    assert Client().get(page).status_code == 302
    assert client.post(page + "discard/").status_code == 302
    assert not ImportFile.objects.exists()


def test_the_airline_survey_goes_in_through_the_browser(
    cast: Cast, at: datetime, test_data: Path, run_jobs: Callable[[], int]
) -> None:
    path = test_data / "airline_satisfaction" / "airline_passenger_satisfaction.csv.gz"
    client = as_(cast.manager)
    page = upload(client, cast, path.read_bytes(), path.name)
    names = list(ImportFile.objects.get().table().names)
    chosen = ["id", "group", "", "group", "group", "group", "", "", "", *["item"] * 14, "group"]
    assert len(chosen) == len(names)
    form = {**FORM, **roles(*chosen), "tree": "+built", "scale_min": "1", "scale_max": "5", "missing": "0"}
    shown = client.post(page, {**form, "action": "preview"}, follow=True).content.decode()
    assert "Import 129880 responses" in shown
    assert all(mean in shown for mean in ("3.223", "2.883", "3.642", "2.814"))
    job = client.post(page, {**form, "action": "import"})["Location"]
    run_jobs()
    assert "129880 responses were imported" in client.get(job).content.decode()
    assert Response.objects.count() == 129_880
    first = Response.objects.filter(attributes__Class="Business").first()
    assert first is not None
    assert set(first.attributes) == {"Gender", "Customer Type", "Type of Travel", "Class", "Satisfaction"}


def test_the_whole_way_over_the_api(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    factories.tree_version(at)
    token = create_token(Scope.system("test"), user=cast.manager, name="t", at=at)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT_LANGUAGE": "en"}
    client = Client()

    def send(data: bytes) -> Any:
        body = {"file": SimpleUploadedFile("x.csv", data), "unit_id": cast.group.pk}
        return client.post("/api/v1/imports", body, **headers)  # type: ignore[arg-type]

    bad = send(b"a,a\n1,2\n")
    assert (bad.status_code, "again in column 2" in bad.json()["title"] + bad.json()["detail"]) == (422, True)
    made = send(CSV.encode()).json()
    path = f"/api/v1/imports/{made['key']}"
    wrong = client.put(f"{path}/mapping", {"itmes": 1}, content_type="application/json", **headers)  # type: ignore[arg-type]
    assert (wrong.status_code, "itmes" in wrong.content.decode()) == (422, True)
    mapping = {**made["mapping"], "groups": []}
    assert (
        client.put(f"{path}/mapping", mapping, content_type="application/json", **headers).status_code == 200
    )  # type: ignore[arg-type]
    check = client.get(f"{path}/check", **headers).json()  # type: ignore[arg-type]
    assert (check["usable"], check["means"]["on_time"]) == (True, 4.5)
    assert client.post(f"{path}/run", **headers).status_code == 202  # type: ignore[arg-type]
    run_jobs()
    done = client.get(path, **headers).json()  # type: ignore[arg-type]
    assert (done["state"], done["wave_id"]) == ("done", Wave.objects.get().pk)
    assert client.get(f"{path}/check", **headers).status_code == 409  # type: ignore[arg-type]
    token = create_token(Scope.system("test"), user=cast.outsider, name="t", at=at)
    headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    assert client.get(path, **headers).status_code == 404  # type: ignore[arg-type]
    assert client.get("/api/v1/imports", **headers).json()["items"] == []  # type: ignore[arg-type]
