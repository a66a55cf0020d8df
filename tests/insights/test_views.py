"""Pages and downloads of results, for those who may see them and for those who may not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from manyi.events.models import Event
from manyi.insights.models import Result
from manyi.insights.pictures import PICTURES
from manyi.insights.services import store_result
from manyi.people.models import User
from manyi.surveys.models import NotAsked, Response, Wave
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
def wave(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> Wave:
    """A wave with one before it, invitations and a not-asked ledger."""
    filled(shift=-0.5, opened_at=at - timedelta(days=90))
    wave = filled(seed=20)
    for number in range(4):
        invited = factories.customer(cast.east, number, at)
        factories.invitation(wave, invited, at, answered=number < 2)
    NotAsked.objects.create(
        wave=wave, customer=factories.customer(cast.east, 9, at), unit=cast.east, reason="fatigue", at=at
    )
    return wave


def downloads(wave: Wave) -> list[str]:
    return [
        reverse("result-picture", args=[wave.code, name, kind])
        for name in PICTURES
        for kind in ("json", "csv", "png", "svg")
    ]


def pages(wave: Wave) -> list[str]:
    return [
        reverse("result", args=[wave.code]),
        reverse("result-verbatims", args=[wave.code]),
        reverse("result-verbatims-csv", args=[wave.code]),
    ]


def test_the_page_tells_what_is_good_bad_and_next(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.manager)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("result", args=[wave.code]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "“Attitude”" in text
    assert "Begin with “On time”" in text
    assert "a clear rise" in text
    assert "Response rate 50.0% (2 of 4 asked)" in text
    assert "Asked recently" in text
    assert len(asked) <= 30, "\n".join(query["sql"] for query in asked)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_picture_is_on_the_page_with_table_and_downloads(cast: Cast, wave: Wave, language: str) -> None:
    client = signed_in(cast.manager)
    client.cookies["django_language"] = language
    text = client.get(reverse("result", args=[wave.code])).content.decode()
    drawn = {name for name in PICTURES if f'data-chart="chart-{name}"' in text}
    assert drawn == set(PICTURES) - {"radar", "shares"}  # two dimensions make no radar, no CSAT is asked
    for name in drawn:
        assert f'id="table-{name}"' in text
        for kind in ("json", "csv", "png", "svg"):
            answer = client.get(reverse("result-picture", args=[wave.code, name, kind]))
            assert answer.status_code == 200, (name, kind)
            assert answer.content


def test_downloads_are_what_they_say(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.executive)

    def get(kind: str) -> Any:
        return client.get(reverse("result-picture", args=[wave.code, "dimensions", kind]))

    assert get("png").content.startswith(b"\x89PNG")
    assert get("svg").content.startswith(b"<svg")
    table = list(csv.reader(io.StringIO(get("csv").content.decode("utf-8-sig"))))
    assert table[0][0] == "Item"
    assert {row[0] for row in table[1:]} == {"Delivery", "Service"}
    assert client.get(reverse("result-picture", args=[wave.code, "nonsense", "csv"])).status_code == 404


def test_drilling_down_shows_the_children(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.executive)
    text = client.get(reverse("result", args=[wave.code]), {"node": "service"}).content.decode()
    assert '<span aria-current="page">Service</span>' in text
    table = client.get(
        reverse("result-picture", args=[wave.code, "dimensions", "csv"]), {"node": "service"}
    ).content.decode()
    assert "Attitude" in table
    assert "On time" not in table
    # An item has no children, an unknown node is none: the index is shown.
    for node in ("speed", "'; drop table"):
        assert "Delivery" in client.get(reverse("result", args=[wave.code]), {"node": node}).content.decode()


def test_an_outsider_finds_nothing(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.east, at, code="of-the-east-branch")
    answers.put(wave, cast.east, 40)
    client = signed_in(cast.outsider)
    for url in [*pages(wave), *downloads(wave)]:
        assert client.get(url).status_code == 404, url
    assert wave.code not in client.get(reverse("results")).content.decode()
    for url in [*pages(wave), *downloads(wave)]:
        assert Client().get(url).status_code == 302, url
        assert signed_in(cast.agent).get(url).status_code == 403, url


def test_a_branch_manager_finds_nothing_of_another_branch(cast: Cast, wave: Wave) -> None:
    Response.objects.filter(wave=wave, unit=cast.west).update(
        segment="west-only", answers={"on_time": 1, "attitude": 1, "comment": "WEST SECRET"}
    )
    client = signed_in(cast.east_manager)
    executive = signed_in(cast.executive)
    assert "west-only" in executive.get(pages(wave)[0]).content.decode()
    for url in [*pages(wave), *downloads(wave)]:
        text = client.get(url).content.decode(errors="replace")
        for secret in ("west-only", "WEST SECRET", "西区", ">West<", '"West"'):
            assert secret not in text, (url, secret)
    for url in [*pages(wave), *downloads(wave)]:
        assert client.get(url, {"unit": cast.west.pk}).status_code == 404, url
        assert client.get(url, {"unit": "x"}).status_code == 404, url


def test_who_may_not_read_responses_reads_no_words(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.executive)
    assert "In their own words" not in client.get(pages(wave)[0]).content.decode()
    assert [client.get(url).status_code for url in pages(wave)[1:]] == [403, 403]


def test_words_are_searched_and_exported_without_formulas(cast: Cast, wave: Wave) -> None:
    one = Response.objects.filter(wave=wave).latest("submitted_at")
    Response.objects.filter(pk=one.pk).update(answers={**one.answers, "comment": "=cmd|calc <script>"})
    client = signed_in(cast.manager)
    page = client.get(pages(wave)[1], {"q": "CALC"}).content.decode()
    assert "=cmd|calc &lt;script&gt;" in page
    assert "1 comment" in page
    fragment = client.get(pages(wave)[1], {"q": "late"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "late" in fragment
    table = client.get(pages(wave)[2], {"q": "calc"}).content.decode("utf-8-sig")
    assert "'=cmd|calc" in table
    assert Event.objects.filter(kind="data.exported", subject_id=str(wave.pk)).count() == 1


def test_too_few_answers_show_nothing(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 4)
    client = signed_in(cast.executive)
    assert "Too few answers to show" in client.get(pages(wave)[0]).content.decode()
    assert {client.get(url).status_code for url in downloads(wave)} == {404}
    assert "too few" in client.get(reverse("results")).content.decode()


def test_an_empty_wave_says_what_to_do(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    assert "No answers yet" in signed_in(cast.executive).get(pages(wave)[0]).content.decode()


def test_an_old_result_shows_the_old_numbers(cast: Cast, at: datetime, wave: Wave) -> None:
    row = store_result(cast.scope("manager"), wave=wave, at=at)
    old = row.figures["index"]
    Response.objects.filter(wave=wave).update(
        answers={"on_time": 1, "complete": 1, "attitude": 1, "speed": 1}
    )
    url = reverse("result-stored", args=[wave.code, row.pk])
    text = signed_in(cast.executive).get(url).content.decode()
    assert f"{old:.1f}" in text
    assert row.method in text
    # It holds everybody's answers: not for one branch.
    assert signed_in(cast.east_manager).get(url).status_code == 404
    assert store_result(cast.scope("manager"), wave=wave, at=at) == row


def test_storing_takes_the_right(cast: Cast, wave: Wave) -> None:
    url = reverse("result-store", args=[wave.code])
    assert signed_in(cast.executive).post(url).status_code == 403
    assert signed_in(cast.manager).post(url).status_code == 302
    assert Result.objects.get(wave=wave).n == 260


def test_the_list_shows_own_figures(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.east_manager)
    with CaptureQueriesContext(connection) as asked:
        text = client.get(reverse("results")).content.decode()
    assert text.count(">120") == 2
    assert len(asked) <= 30


def test_the_csv_of_a_search_is_the_search_one_sees(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.manager)
    fragment = client.get(
        reverse("result-verbatims", args=[wave.code]), {"q": "late"}, headers={"HX-Request": "true"}
    )
    assert f"{reverse('result-verbatims-csv', args=[wave.code])}?q=late" in fragment.content.decode()
