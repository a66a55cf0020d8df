"""The executive page: its figures, who sees which, and that it always prints on one A4."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pymupdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from manyi.improvement.models import Action, Verification
from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.reports import render
from manyi.reports.one_page import OnePage, one_page
from manyi.reports.review import Choice, Review, UnknownChoice
from manyi.scope import NotAllowed
from manyi.surveys.models import Wave
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
A4 = (595, 842)  # points


def review(cast: Cast, who: str, at: datetime, unit: OrgUnit | None = None, period: str = "d90") -> Review:
    scope = cast.scope(who)
    given = {"period": period, "unit": str(unit.pk) if unit else ""}
    return Review(scope, Choice.of(scope, given, today=at.date()), at=at)


def pages(content: bytes) -> list[Any]:
    return list(pymupdf.open(stream=content, filetype="pdf"))


def figure(page: OnePage, card: str, label: str) -> str:
    found = next(c for c in page.cards if c.key == card)
    return next(f.value for f in found.figures if f.label == label)


def test_the_figures_are_those_of_the_pages_they_come_from(year: Cast, at: datetime) -> None:
    found = review(year, "manager", at)
    with translation.override("en"):
        page = one_page(found)
    # East: (100 + 75)/2 on three items, speed two steps less. West: (75 + 50)/2.
    assert found.result is not None
    assert found.result.wave.code == "autumn"
    assert found.index is not None
    assert found.index.change is not None
    assert found.index.change.low is not None
    assert found.index.change.low > 0
    assert figure(page, "complaints", "Received") == "6"
    assert found.bases_before.cases == 2
    assert figure(page, "promises", "Promises kept") == "67%"
    assert figure(page, "promises", "Broken") == "1"
    assert figure(page, "improvements", "Verified effective") == "1"
    assert figure(page, "money", "Cost of actions in the period") == "5,000"
    assert found.customers_at_risk == 1
    assert [w.name for w in found.weak]
    assert "clear rise" in page.said[0]


def test_a_unit_and_period_narrow_everything(year: Cast, at: datetime) -> None:
    west = review(year, "manager", at, unit=year.west)
    assert west.bases.cases == 1
    assert west.promises.rate.n == 0
    assert west.judged == []
    assert west.result is not None
    assert west.result.n == 16
    month = review(
        year, "manager", at, period="2026-02"
    )  # 2026-02-01 to 02-28: 10, 15, 20 days before 2 March
    assert month.bases.cases == 3


def test_the_review_of_the_group_is_that_of_everything(year: Cast, at: datetime) -> None:
    assert review(year, "manager", at, unit=year.group).bases == review(year, "manager", at).bases


def test_each_reader_sees_their_own_units(year: Cast, at: datetime) -> None:
    assert review(year, "east_manager", at).bases.cases == 5
    assert review(year, "outsider", at).bases.cases == 1
    with pytest.raises(UnknownChoice):
        review(year, "outsider", at, unit=year.east)
    with pytest.raises(NotAllowed):
        review(year, "agent", at)  # agents do not hold results.read


def test_what_a_role_may_not_see_is_withheld_and_not_told_in_words(year: Cast, at: datetime) -> None:
    from manyi.people import services as people
    from manyi.scope import Scope

    people.create_user(
        Scope.system("test"), username="dealer", email="d@example.org", name="Dealer", language="en", password=None,
        roles=[("dealer", year.east)], at=at,
    )  # fmt: skip
    with translation.override("en"):
        page = one_page(review(year, "dealer", at))
    assert {card.key: card.withheld for card in page.cards} == {
        "index": False, "complaints": True, "promises": False, "risk": False, "improvements": True, "money": False,
    }  # fmt: skip
    assert not any("complain" in text or " action" in text for text in page.said)


def test_a_wave_that_still_runs_or_began_later_is_not_the_index(year: Cast, at: datetime) -> None:
    Wave.objects.filter(code="autumn").update(state="open")
    result = review(year, "manager", at).result
    assert result is not None
    assert result.wave.code == "spring"
    Wave.objects.filter(code="autumn").update(state="closed")
    result = review(year, "manager", at, period="2025").result
    assert result is not None
    assert result.wave.code == "spring"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("filled", ["empty", "ordinary", "much"])
def test_it_is_one_a4_whatever_there_is(
    request: pytest.FixtureRequest, at: datetime, language: str, filled: str
) -> None:
    cast: Cast = request.getfixturevalue("cast" if filled == "empty" else "year")
    if filled == "much":
        much(cast, at)
    with translation.override(language):
        content = render.one_page_pdf(one_page(review(cast, "manager", at)))
    found = pages(content)
    assert len(found) == 1
    assert tuple(round(side) for side in found[0].rect.br) == A4
    text = found[0].get_text()
    assert ("管理评审" if language == "zh-hans" else "Management review") in text
    sizes = [span["size"] for block in found[0].get_text("dict")["blocks"] for line in block.get("lines", ())
             for span in line["spans"] if span["text"].strip()]  # fmt: skip
    assert min(sizes) > 4.4  # points: small, but it can be read
    if filled == "empty":
        assert ("尚不清楚" if language == "zh-hans" else "is not known") in text


def much(cast: Cast, at: datetime) -> None:
    """Long names everywhere, forty actions, complaints of thirty kinds."""
    from manyi.complaints.models import Category

    long = "供应链与交付协同改进专项行动 Supply chain and delivery co-ordination programme " * 2
    OrgUnit.objects.filter(pk=cast.group.pk).update(name={"zh": long[:90], "en": long[:90]})
    row = organisation()
    row.name = {"zh": long[:90], "en": long[:90]}
    row.save()
    Wave.objects.update(name={"zh": long[:150], "en": long[:150]})
    first = Action.objects.get()
    for number in range(40):
        action = Action.objects.create(
            finding=first.finding, unit=cast.east, title=f"{long[:190]} {number}", owner=cast.manager, cost=10**9,
            starts_on=first.starts_on, due_on=first.due_on, state="effective" if number % 2 else "doing",
            target="indicator", subject="on_time", wave="spring", created_at=first.created_at,
        )  # fmt: skip
        Verification.objects.create(
            action=action, look=1, verdict="effective", before={"n": 56}, after={"n": 56}, difference=20.0, low=12.0,
            high=28.0, p_value=0.0001, level=0.025, at=at - timedelta(days=5),
        )  # fmt: skip
    for number in range(30):
        kind = Category.objects.create(code=f"k{number}", name={"zh": long[:60], "en": long[:60]})
        factories.complaint(cast.east, cast.agent, at - timedelta(days=number + 1), category=kind)


def test_the_page_shows_it_and_orders_files(year: Cast, at: datetime, client: Client) -> None:
    client.force_login(year.manager, backend=BACKEND)
    answer = client.get(reverse("executive"), {"period": "d365"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Management review" in page
    assert f'value="{year.east.pk}"' in page
    assert client.get(reverse("executive"), {"unit": "999999"}).status_code == 404
    assert client.get(reverse("executive"), {"period": "2026-99"}).status_code == 404
    assert client.get(reverse("executive"), {"unit": "x" * 50}).status_code == 404
    client.force_login(year.agent, backend=BACKEND)
    assert client.get(reverse("executive")).status_code == 403
    client.force_login(year.outsider, backend=BACKEND)
    assert client.get(reverse("executive"), {"unit": year.east.pk}).status_code == 404


def test_the_numbers_of_the_picture_can_be_had(year: Cast, client: Client, at: datetime) -> None:
    client.force_login(year.manager, backend=BACKEND)
    answer = client.get(reverse("executive-csv"), {"period": "d365"})
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3  # heading and two waves
