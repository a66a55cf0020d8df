"""Service gaps on the page: gap 5 with its test, and the gaps that have no data named as such."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from scipy import stats

from manyi.insights import queries
from manyi.insights.gaps import asked, gaps
from manyi.measures import compare
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ITEMS = ("reliability1", "reliability2", "empathy1", "empathy2", "tangibles1")
SCALE = {"min": 1, "max": 7}


def form(questions: list[dict[str, Any]]) -> dict[str, Any]:
    section = {"code": "s", "title": factories.texts("题", "Service"), "questions": questions}
    return {"name": factories.texts("服务", "Service"), "languages": ["zh", "en"], "sections": [section]}


def question(code: str, items: tuple[str, ...], name: str) -> dict[str, Any]:
    texts = [{"code": item, "text": factories.texts(f"题 {item}", f"Item {item}")} for item in items]
    return {"code": code, "type": "servqual", "text": factories.texts(name, name), "scale": SCALE, "items": texts}  # fmt: skip


ONE = form([question("g", ITEMS, "Expected and perceived")])


def filled(cast: Cast, at: datetime, definition: dict[str, Any]) -> Wave:
    """Reliability falls short by two points, empathy hardly, tangibles exceed what is expected."""
    tree = factories.tree_version(at)
    version = factories.questionnaire_version(at, tree, definition=definition)
    wave = factories.wave(cast.group, at, tree_version=tree, questionnaire_version=version)
    chance = random.Random(3)
    fall = {"reli": 2, "empa": 0, "tang": -1}
    made = []
    for number in range(80):
        answers: dict[str, Any] = dict.fromkeys(("on_time", "complete", "attitude", "speed"), 4)
        for item in ITEMS:
            expected = chance.choice([5, 6])
            answers[f"{item}__e"] = expected
            answers[f"{item}__p"] = min(7, max(1, expected - fall[item[:4]] + chance.choice([-1, 0, 1])))
        made.append(Response(wave=wave, unit=(cast.east, cast.west)[number % 20 == 0], answers=answers, channel="email", submitted_at=at))  # fmt: skip
    Response.objects.bulk_create(made)
    return wave


def client_of(cast: Cast, who: str = "manager") -> Client:
    client = Client()
    client.force_login(getattr(cast, who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_gap_five_is_tested_within_people(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    found = gaps(queries.result_of(cast.scope("manager"), wave))
    assert found is not None
    rows = {row.name: row for row in found.rows}
    assert [row.name for row in found.rows if row.level == 1] == ["Reliability", "Empathy", "Tangibles"]
    answers = [response.answers for response in wave.responses.all()]

    def own(*items: str) -> np.ndarray[Any, Any]:
        return np.mean([[a[f"{item}__p"] - a[f"{item}__e"] for a in answers] for item in items], axis=0)

    p_values = [
        stats.ttest_1samp(own(*items), 0).pvalue
        for items in (
            ("reliability1", "reliability2"), ("reliability1",), ("reliability2",), ("empathy1", "empathy2"),
            ("empathy1",), ("empathy2",), ("tangibles1",),
        )
    ]  # fmt: skip
    assert [row.p_value for row in found.rows[1:]] == pytest.approx(compare.adjust(p_values))
    score = rows["Reliability"].score
    assert score is not None
    assert score.gap.value == pytest.approx(own("reliability1", "reliability2").mean())
    assert [rows[name].verdict for name in ("Reliability", "Empathy", "Tangibles")] == [
        "expectation not met", "no clear gap", "expectation exceeded",
    ]  # fmt: skip


def test_only_gap_five_has_data_and_the_page_says_so(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    found = gaps(queries.result_of(cast.scope("manager"), wave))
    assert found is not None
    assert {gap.number: gap.measured for gap in found.five} == {
        1: False,
        2: False,
        3: False,
        4: False,
        5: True,
    }
    client = client_of(cast)
    with CaptureQueriesContext(connection) as queried:
        text = client.get(reverse("result-gaps", args=[wave.code])).content.decode()
    assert len(queried) <= 40
    assert text.count("Not measured yet.") == 4
    assert "questionnaire for managers" in text
    for name in ("gaps", "profile"):
        for kind in ("csv", "png"):
            url = reverse("analysis-picture", args=[wave.code, "gaps", name, kind])
            assert client.get(url).status_code == 200


def test_each_question_is_a_dimension_where_there_are_several(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, form([question("a", ITEMS[:2], "Keeping promises"), question("b", ITEMS[2:], "The rest")]))  # fmt: skip
    found = gaps(queries.result_of(cast.scope("manager"), wave))
    assert found is not None
    assert [row.name for row in found.rows if row.level == 1] == ["Keeping promises", "The rest"]


def test_items_without_common_beginnings_are_one_dimension(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, form([question("g", ("speed1", "friendly1"), "Counter")]))
    what = asked(queries.result_of(cast.scope("manager"), wave))
    assert dict(what.dimensions) == {"all": "Counter"}


def test_small_groups_and_outsiders_see_nothing(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)  # four people in the west
    url = reverse("result-gaps", args=[wave.code])
    picture = reverse("analysis-picture", args=[wave.code, "gaps", "gaps", "csv"])
    text = client_of(cast).get(url, {"unit": cast.west.pk}).content.decode()
    assert "Too few answers to show" in text
    assert "Reliability" not in text
    assert client_of(cast).get(picture, {"unit": cast.west.pk}).status_code == 404
    assert "Reliability" not in client_of(cast, "outsider").get(url).content.decode()
    assert client_of(cast, "outsider").get(url, {"unit": cast.east.pk}).status_code == 404
    assert client_of(cast, "agent").get(url).status_code == 403


def test_an_item_few_answered_is_withheld(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    for response in wave.responses.all()[3:]:
        del response.answers["tangibles1__p"]
        response.save()
    found = gaps(queries.result_of(cast.scope("manager"), wave))
    assert found is not None
    assert [row.score for row in found.rows if row.name == "Tangibles"] == [None]
    assert "Tangibles" not in found.five[4].value


def test_a_wave_that_asked_otherwise_says_how_to_ask(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    assert "Nothing was asked in this way" in client_of(cast).get(reverse("result-gaps", args=[wave.code])).content.decode()  # fmt: skip
