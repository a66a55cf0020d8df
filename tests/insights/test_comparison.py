"""Comparisons: tested against the measures themselves, and never of people who are on both sides."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from scipy import stats

from manyi.insights import queries
from manyi.insights.comparison import Compared, comparable_waves, compared, competitors, paired, side
from manyi.measures import compare
from manyi.measures.index import respondent_scores
from manyi.measures.shares import mean
from manyi.surveys.models import Response, Wave
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db
COLUMNS = ("on_time", "complete", "attitude", "speed")


def put(cast: Cast, wave: Wave, first: str, second: str, who: str = "manager", **fields: Any) -> Compared:
    scope = cast.scope(who)
    known = comparable_waves(scope, wave)
    other = fields.pop("second_wave", wave)
    return compared(side(scope, known, wave.code, first), side(scope, known, other.code, second), **fields)


def scores(wave: Wave, **fields: Any) -> dict[str, Any]:
    rows = [response.answers for response in wave.responses.filter(**fields)]
    return respondent_scores(
        wave.tree_version.definition,
        {name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in COLUMNS},
    )


def test_two_units_are_tested_by_welch_and_adjusted(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    found = put(cast, wave, f"unit:{cast.west.pk}", f"unit:{cast.east.pk}")
    west, east = scores(wave, unit=cast.west), scores(wave, unit=cast.east)
    raw = []
    for row in found.rows:
        a, b = (values[~np.isnan(values)] for values in (west[row.code], east[row.code]))
        test = stats.ttest_ind(a, b, equal_var=False)
        assert row.difference.value == pytest.approx(a.mean() - b.mean())
        assert row.difference.low == pytest.approx(test.confidence_interval().low, abs=1e-6)
        raw.append(float(test.pvalue))
    assert found.rows[0].difference.p_value == pytest.approx(raw[0])
    for method in ("holm", "bh"):
        made = put(cast, wave, f"unit:{cast.west.pk}", f"unit:{cast.east.pk}", method=method)
        wanted = compare.adjust(raw[1:], method)
        assert [row.difference.p_value for row in made.rows[1:]] == pytest.approx(wanted)
    assert found.rest == ""
    assert found.labels == ("West · First wave", "East · First wave")


@pytest.mark.parametrize("turned", [False, True])
def test_a_part_is_compared_with_the_rest(cast: Cast, filled: Callable[..., Wave], turned: bool) -> None:
    wave = filled()
    pair = (f"unit:{cast.east.pk}", "whole")
    found = put(cast, wave, *(reversed(pair) if turned else pair))
    rest = [
        np.concatenate([scores(wave, unit=unit)[code] for unit in (cast.west, cast.group)])
        for code in ("index", "speed")
    ]
    by_code = {row.code: row for row in found.rows}
    for code, values in zip(("index", "speed"), rest, strict=True):
        wanted = mean(values)
        shown = by_code[code].first if turned else by_code[code].second
        assert (shown.n, shown.score, shown.se) == (wanted.n, pytest.approx(wanted.value), pytest.approx(wanted.se))  # fmt: skip
    assert found.rest == ("first" if turned else "second")
    assert "Everybody else" in found.title


def test_waves_are_compared_for_the_same_group(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    before = filled(shift=-0.6, opened_at=at - timedelta(days=90))
    now = filled(seed=9)
    found = put(cast, now, f"unit:{cast.east.pk}", f"unit:{cast.east.pk}", second_wave=before)
    assert found.rest == ""
    assert found.rows[0].first.n == found.rows[0].second.n == 120
    assert found.rows[0].clear


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("whole", "whole", "Both sides are the same"),
        ("tier:A", "segment:price", "share people"),
        ("tier:Z", "whole", "has no answers"),
        ("nonsense", "whole", "“nonsense” is no group"),
        ("language:en", "whole", "is no group"),
    ],
)
def test_what_cannot_be_compared_is_said(
    cast: Cast, filled: Callable[..., Wave], first: str, second: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        put(cast, filled(), first, second)


def test_groups_too_small_and_rests_too_small_are_refused(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 60, tier="A")
    answers.put(wave, cast.west, 3, tier="B")
    for group in (f"unit:{cast.west.pk}", "tier:B", f"unit:{cast.east.pk}", "tier:A"):
        with pytest.raises(Refused, match="too few answers to show"):
            put(cast, wave, group, "whole")


def test_below_ten_answers_nothing_is_tested(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 60)
    answers.put(wave, cast.west, 8)
    found = put(cast, wave, f"unit:{cast.east.pk}", f"unit:{cast.west.pk}")
    assert {row.difference.reason for row in found.rows} == {"too few"}
    page = signed_in(cast).get(
        reverse("result-compare", args=[wave.code]),
        {"a": f"unit:{cast.east.pk}", "b": f"unit:{cast.west.pk}"},
    )
    assert "too few to compare" in page.content.decode()


CONTEST: dict[str, Any] = {
    "name": factories.texts("比", "Compare"), "languages": ["zh", "en"],
    "sections": [{"code": "s", "title": factories.texts("比", "Compare"), "questions": [
        {"code": "c", "type": "competitor", "text": factories.texts("评价各家", "Rate each supplier"), "scale": {"min": 1, "max": 5},
         "items": [{"code": "price", "text": factories.texts("价格", "Price")}, {"code": "speedy", "text": factories.texts("速度", "Speed")}],
         "options": [{"code": "rival", "text": factories.texts("甲", "Alpha")}, {"code": "us", "text": factories.texts("我们", "Us")},
                     {"code": "other", "text": factories.texts("乙", "Beta")}]},
    ]}],
}  # fmt: skip


@pytest.fixture
def contested(cast: Cast, at: datetime) -> Wave:
    tree = factories.tree_version(at)
    form = factories.questionnaire_version(at, tree, definition=CONTEST)
    wave = factories.wave(cast.group, at, tree_version=tree, questionnaire_version=form)
    chance = random.Random(4)
    made = []
    for number in range(60):
        answers = dict.fromkeys(COLUMNS, 4)
        for item, ours in (("price", 2), ("speedy", 4)):
            answers |= {
                f"{item}__us": ours + chance.randint(0, 1),
                f"{item}__rival": 3 + chance.randint(0, 1),
            }
            if number < 3:
                answers[f"{item}__other"] = 5
        made.append(Response(wave=wave, unit=(cast.east, cast.west)[number % 2], answers=answers, channel="email", submitted_at=at))  # fmt: skip
    Response.objects.bulk_create(made)
    return wave


def test_competitors_are_compared_within_people(cast: Cast, contested: Wave) -> None:
    (found,) = competitors(queries.result_of(cast.scope("manager"), contested))
    assert (found.us, found.rivals) == ("Us", ("Alpha", "Beta"))
    price, speed = found.items
    rows = [response.answers for response in contested.responses.all()]
    differences = np.array([row["price__us"] - row["price__rival"] for row in rows], dtype=float)
    test = stats.ttest_1samp(differences, 0)
    assert price.lead is not None
    assert price.lead.value == pytest.approx(differences.mean())
    assert (price.lead.low, price.lead.high) == pytest.approx(tuple(test.confidence_interval()))
    assert price.lead.p_value == pytest.approx(min(1, test.pvalue * 2))  # two items looked at, both tiny
    assert price.best == speed.best == "Alpha"
    assert speed.lead is not None
    assert (speed.lead.value or 0) > 0 > (price.lead.value or 0)
    # Three people rated Beta: nothing of it is shown.
    assert {rival.label: rival.rating.n for rival in price.rivals} == {"Alpha": 60, "Beta": 0}
    assert paired(np.array([np.nan, 1.0]), None, minimum=2) is None
    page = signed_in(cast).get(reverse("result-compare", args=[contested.code])).content.decode()
    assert "Against competitors" in page


def signed_in(cast: Cast, who: str = "manager") -> Client:
    client = Client()
    client.force_login(getattr(cast, who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_compares_with_the_wave_before_by_itself(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    filled(shift=-0.6, opened_at=at - timedelta(days=90), name=factories.texts("前一轮", "Earlier wave"))
    wave = filled(seed=9)
    client = signed_in(cast)
    with CaptureQueriesContext(connection) as asked:
        text = client.get(reverse("result-compare", args=[wave.code])).content.decode()
    assert "First wave – Earlier wave" in text
    assert "clearly higher" in text
    assert len(asked) <= 31
    url = reverse("analysis-picture", args=[wave.code, "compare", "differences", "csv"])
    assert "Attitude" in client.get(url).content.decode()


def test_foreign_waves_and_units_are_not_there(
    cast: Cast, at: datetime, filled: Callable[..., Wave], answers: Answers
) -> None:
    wave = filled()
    hidden = factories.wave(cast.west, at, code="hidden", series="main")
    answers.put(hidden, cast.west, 40)
    client = signed_in(cast, "east_manager")
    url = reverse("result-compare", args=[wave.code])
    text = client.get(url, {"a": "whole", "b_wave": "hidden", "b": "whole"}).content.decode()
    assert "“hidden” is no wave" in text
    assert client.get(url, {"a": f"unit:{cast.west.pk}", "b": "whole"}).status_code == 404
    assert client.get(url, {"a": "unit:x", "b": "whole"}).status_code == 404
    assert "West" not in client.get(url).content.decode()
