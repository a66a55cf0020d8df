"""Structural models of a wave: guessed, drawn, fitted as a job, stored, shown, compared."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from manyi.events.models import Event, Job
from manyi.insights import queries, queries_models, shown_models, structural
from manyi.insights.models import ModelRun
from manyi.insights.selection import Selection
from manyi.insights.services_models import order_model
from manyi.insights.structural import OWN, Spec, guess
from manyi.measures import pls
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed
from manyi.surveys.models import Response, Wave
from manyi.surveys.services.imports import run_import
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
BANK = {
    "image": ("形象", "imag", 5), "expectation": ("预期", "expe", 5), "quality": ("质量", "qual", 5),
    "value": ("价值", "val", 4), "satisfaction": ("满意", "sat", 4), "loyalty": ("忠诚", "loy", 4),
}  # fmt: skip
RELATION: dict[str, Any] = {
    "name": factories.texts("模型", "Model"), "languages": ["zh", "en"],
    "sections": [{"code": "s", "title": factories.texts("题", "Questions"), "questions": [
        {"code": "g", "type": "matrix", "text": factories.texts("评价", "Rate"), "scale": {"min": 1, "max": 5},
         "items": [{"code": code, "text": factories.texts(code, code)} for code in
                   ("on_time", "complete", "attitude", "speed", "sat_expected", "sat_ideal", "again", "extend")]},
        {"code": "nps", "type": "nps", "text": factories.texts("推荐？", "Recommend?")},
    ]}],
}  # fmt: skip


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def modelled(cast: Cast, at: datetime) -> Callable[..., Wave]:
    """Makes a wave in which delivery matters more for satisfaction than service, and satisfaction for loyalty."""
    made: list[Wave] = []

    def make(n: int = 200, seed: int = 5, **fields: Any) -> Wave:
        if not made:
            tree = factories.tree_version(at)
            fields |= {
                "tree_version": tree,
                "questionnaire_version": factories.questionnaire_version(at, tree, definition=RELATION),
            }
        else:
            fields |= {
                "tree_version": made[0].tree_version,
                "questionnaire_version": made[0].questionnaire_version,
            }
        wave = factories.wave(cast.group, at, **fields)
        made.append(wave)
        rng = np.random.default_rng(seed)
        delivery, service = rng.standard_normal((2, n))
        satisfaction = 0.7 * delivery + 0.2 * service + 0.4 * rng.standard_normal(n)
        loyalty = 0.8 * satisfaction + 0.4 * rng.standard_normal(n)
        causes = {
            "on_time": delivery, "complete": delivery, "attitude": service, "speed": service,
            "sat_expected": satisfaction, "sat_ideal": satisfaction, "again": loyalty, "extend": loyalty,
        }  # fmt: skip
        columns = {
            code: np.clip(np.rint(3.2 + 0.9 * cause + 0.4 * rng.standard_normal(n)), 1, 5)
            for code, cause in causes.items()
        }
        columns["nps"] = np.clip(np.rint(6 + 2 * loyalty + 0.6 * rng.standard_normal(n)), 0, 10)
        Response.objects.bulk_create(
            Response(
                wave=wave, unit=(cast.east, cast.west)[number % 2], channel="email", submitted_at=at,
                answers={code: int(values[number]) for code, values in columns.items()},
            )
            for number in range(n)
        )  # fmt: skip
        return wave

    return make


def result_of(cast: Cast, wave: Wave, who: str = "manager", selection: Selection | None = None) -> queries.WaveResult:  # fmt: skip
    return queries.result_of(cast.scope(who), wave, selection)


def run(cast: Cast, wave: Wave, at: datetime, drain: Callable[[], int], spec: Spec | None = None, **fields: Any) -> ModelRun:  # fmt: skip
    who = fields.pop("who", "manager")
    result = result_of(cast, wave, who, fields.pop("selection", None))
    job = order_model(
        cast.scope(who), result=result, spec=spec or guess(result, OWN), bootstrap=500, seed=7, at=at
    )
    drain()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    return ModelRun.objects.get(key=job.key)


def import_bank(tmp_path: Path, source: Path, at: datetime, cast: Cast) -> Wave:
    """The survey of the bank as a wave: six dimensions, scale 0–10 as in the file."""
    tree = {
        "name": factories.texts("银行", "Bank"), "scale": {"min": 0, "max": 10},
        "tree": [
            {"code": code, "name": factories.texts(zh, code.title()), "weight": 1, "children": [
                {"code": f"{begin}{k}", "name": factories.texts(f"{zh}{k}", f"{begin}{k}"), "weight": 1, "column": f"{begin}{k}"}
                for k in range(1, count + 1)]}
            for code, (zh, begin, count) in BANK.items()
        ],
    }  # fmt: skip
    items = [f"{begin}{k}" for _zh, begin, count in BANK.values() for k in range(1, count + 1)]
    map_path = tmp_path / "MAP.yaml"
    map_path.write_text(
        yaml.safe_dump(
            {"wave": {"name": "Bank", "date": "2026-02-01", "code": "bank", "unit": "group"}, "tree": tree,
             "items": items, "groups": ["gender"]},
            allow_unicode=True,
        ),
        "utf-8",
    )  # fmt: skip
    return run_import(cast.scope("manager"), path=source, map_path=map_path, at=at)


def test_the_published_bank_survey_goes_from_file_to_page_with_its_numbers(
    cast: Cast, at: datetime, tmp_path: Path, test_data: Path, run_jobs: Callable[[], int]
) -> None:
    folder = test_data / "measures"
    wave = import_bank(tmp_path, folder / "satisfaction.csv", at, cast)
    spec = replace(guess(result_of(cast, wave), "ecsi"), scheme="centroid", metric="covariance")
    assert [len(one.columns) for one in spec.constructs if one.columns] == [5, 5, 5, 4, 4, 4]
    stored = run(cast, wave, at, run_jobs, spec)
    assert stored.n == 250
    short = {"IMAG": "image", "EXPE": "expectation", "QUAL": "quality", "VAL": "value", "SAT": "satisfaction", "LOY": "loyalty"}  # fmt: skip
    ours = {(row["from"], row["to"]): row for row in stored.figures["paths"]}
    with (folder / "satisfaction_boot_paths.csv").open() as file:
        for line in csv.DictReader(file):
            start, _arrow, end = line[""].split(" ")
            row = ours[short[start], short[end]]
            assert row["value"] == pytest.approx(float(line["original"]), abs=1e-3)
            assert row["se"] == pytest.approx(float(line["std.error"]), abs=0.03)
    text = signed_in(cast.executive).get(reverse("result-model", args=[wave.code])).content.decode()
    assert "0.579" in text  # IMAG → EXPE
    assert "0.848" in text  # EXPE → QUAL


def test_columns_are_put_to_constructs_by_code_and_wording(cast: Cast, modelled: Callable[..., Wave]) -> None:
    result = result_of(cast, modelled())
    own = guess(result, OWN)
    assert {one.name["en"]: one.columns for one in own.constructs} == {
        "Delivery": ("on_time", "complete"), "Service": ("attitude", "speed"),
        "Satisfaction": ("sat_expected", "sat_ideal"), "Loyalty": ("again", "extend", "nps"),
    }  # fmt: skip
    assert {(own.labels[a], own.labels[b]) for a, b in own.paths} == {
        ("Delivery", "Satisfaction"), ("Service", "Satisfaction"), ("Satisfaction", "Loyalty"),
    }  # fmt: skip
    acsi = guess(result, "acsi")
    assert {one.key: len(one.columns) for one in acsi.constructs} == {
        "expectations": 0, "quality": 4, "value": 0, "satisfaction": 2, "complaints": 0, "loyalty": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "wording", "role"),
    [
        ("sat_expected", "It met our expectations", "satisfaction"),
        ("q7", "您愿意推荐我们吗？", "loyalty"),
        ("q8", "价格与质量相比是否合理", "value"),
        ("q9", "您是否投诉过我们", "complaints"),
        ("complete", "Quantities were right", ""),
        ("expe3", "", "expectation"),
        ("colour", "The colour", ""),
    ],
)
def test_roles(code: str, wording: str, role: str) -> None:
    assert structural.role_of(code, wording) == role


def test_what_was_put_in_comes_out_and_is_told(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    stored = run(cast, wave, at, run_jobs)
    spec = Spec.from_dict(stored.spec)
    paths = {(spec.labels[row["from"]], spec.labels[row["to"]]): row for row in stored.figures["paths"]}
    assert paths["Delivery", "Satisfaction"]["value"] > 3 * paths["Service", "Satisfaction"]["value"] > 0
    assert paths["Delivery", "Satisfaction"]["p_value"] < 0.001
    assert (stored.n, stored.bootstrap, stored.seed, stored.method) == (200, 500, 7, "pls-1")
    # The same answers, model and seed give the same figures outside the product.
    rows = [row.answers for row in wave.responses.order_by("pk")]
    fit = pls.fit(
        {column: [row[column] for row in rows] for column in spec.model().columns}, spec.model(), seed=7
    )
    ours = {(row["from"], row["to"]): row["value"] for row in stored.figures["paths"]}
    assert ours == pytest.approx(fit.paths)
    assert Event.objects.get(kind="model_run.stored").payload == {"run_id": stored.pk}
    client = signed_in(cast.executive)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("result-model", args=[wave.code]))
    text = page.content.decode()
    assert len(asked) <= 30, "\n".join(query["sql"][:230] for query in asked)
    assert "“Delivery” matters most for “Satisfaction”" in text
    assert "Measured well." in text
    assert "may_run" not in text
    assert "Fit another model" not in text  # an executive runs no waves


def test_the_trend_follows_the_same_model_through_the_series(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    before = modelled(seed=1, opened_at=at - timedelta(days=90))
    now = modelled(seed=2)
    old = run(cast, before, at, run_jobs)
    result = result_of(cast, now)
    spec = guess(result, OWN)
    renamed = replace(spec, constructs=tuple(replace(one, name={"en": f"My {one.name['en']}"}) for one in spec.constructs))  # fmt: skip
    new = run(cast, now, at, run_jobs, renamed)
    other = run(cast, now, at, run_jobs, replace(spec, scheme="centroid"))
    assert old.fingerprint == new.fingerprint != other.fingerprint
    past = queries_models.trend(cast.scope("manager"), result, new)
    assert [one.run for one in past] == [old, new]
    assert [one.run for one in queries_models.trend(cast.scope("manager"), result, other)] == [other]
    text = signed_in(cast.executive).get(reverse("result-model", args=[now.code]), {"run": new.pk}).content.decode()  # fmt: skip
    assert "Trend of the constructs" in text


def test_a_run_of_other_people_s_answers_is_not_shown(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    whole = run(cast, wave, at, run_jobs)
    east = run(cast, wave, at, run_jobs, who="east_manager")
    assert (whole.n, east.n, east.units) == (200, 100, [cast.east.pk])
    west = signed_in(cast.outsider)
    for client, visible in ((west, set()), (signed_in(cast.east_manager), {east}), (signed_in(cast.manager), {whole, east})):  # fmt: skip
        for one in (whole, east):
            wanted = 200 if one in visible else 404
            assert (
                client.get(reverse("result-model", args=[wave.code]), {"run": one.pk}).status_code == wanted
            )
            assert client.get(reverse("model-json", args=[wave.code, one.pk])).status_code == wanted
            assert client.get(reverse("model-csv", args=[wave.code, one.pk, "paths"])).status_code == wanted
    page = west.get(reverse("result-model", args=[wave.code])).content.decode()
    assert "No model here yet" in page
    assert f"run={whole.pk}" not in page


def test_everything_can_be_downloaded(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    stored = run(cast, wave, at, run_jobs)
    client = signed_in(cast.executive)
    whole = json.loads(client.get(reverse("model-json", args=[wave.code, stored.pk])).content)
    assert whole["figures"] == stored.figures
    for table in shown_models.TABLES:
        text = client.get(reverse("model-csv", args=[wave.code, stored.pk, table])).content.decode("utf-8-sig")  # fmt: skip
        assert len(text.splitlines()) == len(stored.figures[table]) + 1, table
    for name in ("diagram", "constructs"):
        for kind in ("csv", "png"):
            url = reverse("analysis-picture", args=[wave.code, "model", name, kind])
            assert client.get(url, {"run": stored.pk}).status_code == 200


def test_a_model_is_drawn_in_the_form_and_fitted(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    client = signed_in(cast.manager)
    url = reverse("result-model-new", args=[wave.code]) + "?preset=own"
    assert client.get(url).status_code == 200
    form = {
        "name-c1": "All service", "name-c2": "Happy", "name-c3": "", "column-0": "c1", "column-1": "c1",
        "column-2": "c1", "column-4": "c2", "column-5": "c2", "path-c1-c2": "1", "mode-c1": "B",
        "bootstrap": "500", "seed": "12", "scheme": "factorial", "metric": "standardised",
    }  # fmt: skip
    answer = client.post(url, form)
    assert answer.status_code == 302
    run_jobs()
    stored = ModelRun.objects.get()
    assert Spec.from_dict(stored.spec).labels == {"c1": "All service", "c2": "Happy", "c3": ""}
    assert (stored.seed, stored.figures["scheme"], stored.made_by) == (12, "factorial", cast.manager)
    assert stored.figures["constructs"][0]["mode"] == "B"
    page = client.get(reverse("result-model", args=[wave.code])).content.decode()
    assert "Formed by its questions" in page
    # 'more' keeps what was typed and offers further constructs.
    more = client.post(url, {**form, "more": "1"}).content.decode()
    assert 'value="All service"' in more
    assert 'name="name-c5"' in more


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path-c2-c1": "1"}, "run in a circle"),
        ({"path-c1-c2": ""}, "has no path"),
        ({"name-c1": ""}, "Give every construct"),
        ({"bootstrap": "7"}, "not one of the available choices"),
        ({"seed": "-3"}, "greater than or equal to 0"),
        ({"seed": "x"}, "whole number"),
        ({"column-0": "", "column-1": ""}, "has no path"),
    ],
)
def test_a_model_that_cannot_be_is_refused_in_words(
    cast: Cast, modelled: Callable[..., Wave], change: dict[str, str], said: str
) -> None:
    form = {
        "name-c1": "One", "name-c2": "Two", "column-0": "c1", "column-1": "c1", "column-4": "c2",
        "path-c1-c2": "1", "bootstrap": "500", "scheme": "path", "metric": "standardised",
    }  # fmt: skip
    url = reverse("result-model-new", args=[modelled().code]) + "?preset=own"
    answer = signed_in(cast.manager).post(url, {**form, **change})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Job.objects.count() == 0


def test_too_few_people_and_missing_rights_are_refused(
    cast: Cast, at: datetime, modelled: Callable[..., Wave]
) -> None:
    wave = modelled(n=40)
    result = result_of(cast, wave)
    with pytest.raises(Refused, match="needs at least 50 respondents; there are 40"):
        order_model(cast.scope("manager"), result=result, spec=guess(result, OWN), bootstrap=500, seed=1, at=at)  # fmt: skip
    with pytest.raises(NotAllowed):
        order_model(cast.scope("executive"), result=result, spec=guess(result, OWN), bootstrap=500, seed=1, at=at)  # fmt: skip
    url = reverse("result-model-new", args=[wave.code])
    assert signed_in(cast.executive).get(url + "?preset=acsi").status_code == 403
    assert signed_in(cast.manager).get(url + "?preset=nonsense").status_code == 404


def test_a_column_without_spread_is_named_by_the_job(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    for response in wave.responses.all():
        response.answers["speed"] = 3
        response.save()
    result = result_of(cast, wave)
    job = order_model(cast.scope("manager"), result=result, spec=guess(result, OWN), bootstrap=500, seed=1, at=at)  # fmt: skip
    run_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "Speed" in job.message["en"]
    assert "响应速度" in job.message["zh"]
    assert ModelRun.objects.count() == 0


def test_a_job_that_comes_twice_stores_one_run(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    from manyi.insights.jobs_analysis import fit_model

    stored = run(cast, modelled(), at, run_jobs)
    fit_model(Job.objects.get(key=stored.key))
    assert ModelRun.objects.count() == Event.objects.filter(kind="model_run.stored").count() == 1


def test_who_lost_the_right_in_between_gets_no_model(
    cast: Cast, at: datetime, modelled: Callable[..., Wave], run_jobs: Callable[[], int]
) -> None:
    wave = modelled()
    selection = Selection(unit=cast.west.pk)
    result = result_of(cast, wave, selection=selection)
    job = order_model(cast.scope("manager"), result=result, spec=guess(result, OWN), bootstrap=500, seed=1, at=at)  # fmt: skip
    cast.manager.memberships.update(unit=OrgUnit.objects.get(code="east"))
    run_jobs()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "no longer see" in job.message["en"]
