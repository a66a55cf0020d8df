"""Analysis pages for those who may see them and for those who may not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from manyi.insights import queries
from manyi.insights.priorities import Choice, priorities
from manyi.people.models import User
from manyi.people.services import create_token
from manyi.scope import Scope
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def wave(at: datetime, filled: Callable[..., Wave]) -> Wave:
    filled(shift=-0.5, opened_at=at - timedelta(days=90))
    return filled(seed=20)


PAGES = ["result-priorities", "result-model", "result-compare"]
PICTURES = [("priorities", "matrix"), ("priorities", "drivers"), ("priorities", "gains")]


def addresses(wave: Wave) -> list[str]:
    pages = [reverse(name, args=[wave.code]) for name in PAGES]
    return pages + [
        reverse("analysis-picture", args=[wave.code, page, name, kind])
        for page, name in PICTURES
        for kind in ("csv", "png")
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_shown_with_few_queries(cast: Cast, wave: Wave, name: str, language: str) -> None:
    client = signed_in(cast.manager)
    client.cookies["django_language"] = language
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse(name, args=[wave.code]))
    assert page.status_code == 200
    assert len(asked) <= 31, "\n".join(query["sql"] for query in asked)


def test_the_result_leads_to_every_analysis(cast: Cast, wave: Wave) -> None:
    text = signed_in(cast.executive).get(reverse("result", args=[wave.code])).content.decode()
    for name in PAGES:
        assert reverse(name, args=[wave.code]) in text
    for name in ("kano", "gaps"):  # this questionnaire asks neither
        assert f"/{name}/" not in text


def test_an_outsider_finds_nothing(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.east, at)
    answers.put(wave, cast.east, 60)
    for url in addresses(wave):
        assert signed_in(cast.outsider).get(url).status_code == 404, url
        assert signed_in(cast.agent).get(url).status_code == 403, url
        assert Client().get(url).status_code == 302, url


def test_a_branch_manager_finds_nothing_of_another_branch(cast: Cast, wave: Wave) -> None:
    Response.objects.filter(wave=wave, unit=cast.west).update(segment="west-only")
    client = signed_in(cast.east_manager)
    for url in addresses(wave):
        text = client.get(url).content.decode(errors="replace")
        for secret in ("west-only", "西区", ">West<", "West,", '"West"'):
            assert secret not in text, (url, secret)
        if "compare" not in url:  # it has sides instead of filters, see test_comparison
            assert client.get(url, {"unit": cast.west.pk}).status_code == 404, url
            assert client.get(url, {"unit": "x"}).status_code == 404, url


def test_too_few_answers_show_nothing(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 4)
    client = signed_in(cast.executive)
    assert "Too few answers to show" in client.get(reverse("result-priorities", args=[wave.code])).content.decode()  # fmt: skip
    for url in addresses(wave)[len(PAGES) :]:
        assert client.get(url).status_code == 404, url


def test_an_empty_wave_says_what_to_do(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    client = signed_in(cast.executive)
    assert "No answers yet" in client.get(reverse("result-priorities", args=[wave.code])).content.decode()


def test_the_points_lead_to_figures_and_comments(cast: Cast, wave: Wave) -> None:
    url = reverse("result-priorities", args=[wave.code])
    text = signed_in(cast.manager).get(url, {"unit": cast.east.pk}).content.decode()
    assert f"?unit={cast.east.pk}&amp;node=delivery#dimensions" in text
    assert f"?unit={cast.east.pk}&amp;band=low&amp;node=on_time" in text
    # An executive may not read what people wrote.
    assert "band=low" not in signed_in(cast.executive).get(url).content.decode()


def test_downloads_hold_what_the_page_shows(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.executive)
    url = reverse("analysis-picture", args=[wave.code, "priorities", "matrix", "csv"])
    table = list(
        csv.reader(io.StringIO(client.get(url, {"importance": "stated"}).content.decode("utf-8-sig")))
    )
    assert table[0] == ["Item", "Satisfaction, 0–100", "Importance by weight, %", "Answers", "Stage"]
    assert {row[0] for row in table[1:]} == {"On time", "Complete", "Attitude", "Speed"}
    png = client.get(url.replace(".csv", ".png"))
    assert png.content.startswith(b"\x89PNG")
    assert client.get(url.replace("matrix", "nonsense")).status_code == 404


def api(cast: Cast, name: str, at: datetime) -> Client:
    token = create_token(Scope.system("test"), user=getattr(cast, name), name="t", at=at)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_the_api_gives_the_same_figures(cast: Cast, at: datetime, wave: Wave) -> None:
    client = api(cast, "executive", at)
    found = client.get(
        f"/api/v1/results/{wave.code}/priorities", {"importance": "stated", "target": "index"}
    ).json()
    wanted = priorities(queries.result_of(cast.scope("executive"), wave), Choice("stated", "index"))
    assert wanted is not None
    assert [(one["code"], one["strategy"]) for one in found["points"]] == [
        (row.node.code, row.strategy) for row in wanted.rows
    ]
    sides = {"a": f"unit:{cast.east.pk}", "b": f"unit:{cast.west.pk}"}
    body = client.get(f"/api/v1/results/{wave.code}/comparison", sides).json()
    assert [body["first"], body["second"], body["rest"]] == ["East · First wave", "West · First wave", ""]
    assert body["nodes"][0]["difference"]["p_value"] < 0.05
    assert client.get(f"/api/v1/results/{wave.code}/kano").json() == []
    assert client.get(f"/api/v1/results/{wave.code}/gaps").json() == []
    assert client.get(f"/api/v1/results/{wave.code}/models").json() == []
    assert client.get(f"/api/v1/results/{wave.code}/models/1").status_code == 404
    refused = client.get(f"/api/v1/results/{wave.code}/comparison")
    assert (refused.status_code, refused.headers["Content-Type"]) == (409, "application/problem+json")


def test_the_api_gives_outsiders_nothing(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.east, at)
    answers.put(wave, cast.east, 60)
    for name in ("priorities", "comparison", "kano", "gaps", "models", "models/1"):
        url = f"/api/v1/results/{wave.code}/{name}"
        assert api(cast, "outsider", at).get(url).status_code == 404, url
        assert api(cast, "agent", at).get(url).status_code == 403, url
        assert Client().get(url).status_code == 401, url
    client = api(cast, "manager", at)
    for name in ("priorities", "kano", "gaps"):
        url = f"/api/v1/results/{wave.code}/{name}"
        assert client.get(url, {"unit": cast.west.pk}).status_code == 200
        assert api(cast, "east_manager", at).get(url, {"unit": cast.west.pk}).status_code == 404


def test_a_model_is_ordered_over_the_api(
    cast: Cast, at: datetime, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    client = api(cast, "manager", at)
    url = f"/api/v1/results/{wave.code}/models"
    model = {
        "blocks": {"delivery": ["on_time", "complete"], "people": ["attitude", "speed"], "loyalty": ["nps"]},
        "paths": [["delivery", "loyalty"], ["people", "loyalty"]], "bootstrap": 500, "seed": 3,
    }  # fmt: skip
    answer = client.post(url, model, content_type="application/json")
    assert answer.status_code == 202, answer.content
    run_jobs()
    (run,) = client.get(url).json()
    detail = client.get(f"{url}/{run['id']}").json()
    assert (run["n"], run["seed"], len(detail["figures"]["paths"])) == (260, 3, 2)
    for change in (
        {"paths": [["delivery", "nowhere"]]},
        {"bootstrap": 3},
        {"blocks": {"a": ["on_time"], "b": ["unknown"]}, "paths": [["a", "b"]]},
        {"preset": "acsi", "blocks": {"nowhere": ["on_time"]}},
    ):
        assert client.post(url, {**model, **change}, content_type="application/json").status_code == 409
    assert api(cast, "executive", at).post(url, model, content_type="application/json").status_code == 403


def test_comments_are_those_of_people_who_rated_the_item_low(cast: Cast, wave: Wave, at: datetime) -> None:
    client = signed_in(cast.manager)
    url = reverse("result-verbatims", args=[wave.code])
    made = [
        Response(
            wave=wave, unit=cast.east, channel="email", submitted_at=at,
            answers={"on_time": 5, "complete": 5, "attitude": 5, "speed": speed, "comment": f"word {word}"},
        )
        for speed, word in ((1, "snail"), (5, "rocket"))
        for _ in range(6)
    ]  # fmt: skip
    Response.objects.bulk_create(made)
    low = client.get(url, {"band": "low", "node": "speed", "q": "word"}).content.decode()
    assert "snail" in low
    assert "rocket" not in low
    assert "Score of “Speed”" in low
    assert "snail" not in client.get(url, {"band": "low", "node": "attitude", "q": "word"}).content.decode()
    # Of an anonymous wave only the index sorts people.
    wave.anonymous = True
    wave.save()
    text = client.get(url, {"band": "low", "node": "speed", "q": "word"}).content.decode()
    assert "snail" not in text
    assert "Score of" not in text
