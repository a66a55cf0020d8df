"""Staff beside customers: units as points, the interval, the lag, and what few units can tell."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from scipy import stats

from manyi.insights import staff_link
from manyi.people import services as people
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import QuestionnaireVersion, Response, Wave
from manyi.surveys.services import staff
from tests import factories
from tests.conftest import Cast
from tests.surveys.test_staff import answer_all, given, questionnaire, survey

pytestmark = pytest.mark.django_db


def branches(cast: Cast, at: datetime, count: int) -> list[OrgUnit]:
    return [
        people.create_org_unit(
            Scope.system("test"),
            code=f"b{n}",
            name={"zh": f"分部{n}", "en": f"Branch {n}"},
            parent=cast.group,
            at=at,
        )
        for n in range(count)
    ]


def surveyed(cast: Cast, at: datetime, units: list[OrgUnit], rng: np.random.Generator, version: QuestionnaireVersion) -> list[float]:  # fmt: skip
    """Staff of each unit answer, more content from unit to unit; returns the true means of the customers to come."""
    row = survey(cast, at, dict.fromkeys(units, 6), version=version)
    for place, unit in enumerate(units):
        secrets = staff.print_slips(cast.scope("manager"), survey=row, unit=unit, at=at)
        for number, secret in enumerate(secrets):
            slip = staff.slip_of(secret)
            assert slip is not None
            points = int(np.clip(2 + 2.5 * place / len(units) + (number % 2), 1, 5))
            staff.answer(slip=slip, answers=given(points), at=at)
    staff.close_staff_survey(cast.scope("manager"), survey=row, at=at + timedelta(days=4))
    return [2 + 2 * place / len(units) for place in range(len(units))]


def wave(
    at: datetime, group: OrgUnit, units: list[OrgUnit], means: list[float], rng: np.random.Generator
) -> Wave:
    row = factories.wave(group, at)
    for unit, mean in zip(units, means, strict=True):
        for _ in range(30):
            points = int(np.clip(np.rint(mean + rng.normal(0, 0.6)), 1, 5))
            answers = dict.fromkeys(("on_time", "complete", "attitude", "speed"), points)
            Response.objects.create(wave=row, unit=unit, answers=answers, channel="email", submitted_at=at)
    return row


def client_of(cast: Cast, who: str = "manager") -> Client:
    client = Client()
    client.force_login(getattr(cast, who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_twelve_units_show_the_link_and_its_lag(cast: Cast, at: datetime) -> None:
    rng = np.random.default_rng(4)
    units = branches(cast, at, 12)
    means = surveyed(cast, at, units, rng, questionnaire(cast, at))
    after = wave(at + timedelta(days=34), cast.group, units, means, rng)
    scope = cast.scope("manager")
    (result,) = staff_link.surveys(scope)
    found = staff_link.link(scope, result, after)
    assert len(found.points) == 12, "the group is no point: its branches are"
    x, y = [p.staff.score or 0.0 for p in found.points], [p.customers.score or 0.0 for p in found.points]
    assert found.linear.value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found.ranks.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.verdict == "Where staff are more content, customers are more satisfied."
    assert found.lag == 30
    page = client_of(cast).get("/results/staff-and-customers/").content.decode()
    assert found.verdict in page
    assert "Customers were asked 30 days after the staff survey ended." in page
    lines = list(csv.reader(io.StringIO(client_of(cast).get("/results/staff-and-customers/units.csv").content.decode("utf-8-sig"))))  # fmt: skip
    assert len(lines) == 13


def test_few_units_tell_nothing_however_they_lie(cast: Cast, at: datetime) -> None:
    rng = np.random.default_rng(5)
    units = branches(cast, at, 3)
    means = surveyed(cast, at, units, rng, questionnaire(cast, at))
    wave(at + timedelta(days=34), cast.group, units, means, rng)
    page = client_of(cast).get("/results/staff-and-customers/").content.decode()
    assert "3 units: cannot tell." in page
    assert client_of(cast).get("/results/staff-and-customers/scatter.png").status_code == 200


def test_a_unit_whose_customers_may_not_be_shown_is_no_point(cast: Cast, at: datetime) -> None:
    rng = np.random.default_rng(6)
    units = branches(cast, at, 4)
    means = surveyed(cast, at, units, rng, questionnaire(cast, at))
    row = wave(at + timedelta(days=34), cast.group, units, means, rng)
    Response.objects.filter(pk__in=Response.objects.filter(unit=units[0]).values("pk")[:27]).delete()
    scope = cast.scope("manager")
    found = staff_link.link(scope, staff_link.surveys(scope)[0], row)
    assert "分部0" not in {point.name for point in found.points}
    assert "Branch 0" not in {point.name for point in found.points}


def test_without_anything_to_compare_the_page_says_what_it_takes(cast: Cast) -> None:
    page = client_of(cast).get("/results/staff-and-customers/")
    assert "It takes a staff survey" in page.content.decode()


def test_who_may_not_see_staff_surveys_sees_no_link(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 9})
    answer_all(cast, row, cast.east, 4, 8, at)
    staff.close_staff_survey(cast.scope("manager"), survey=row, at=at)
    assert client_of(cast, "handler").get("/results/staff-and-customers/").status_code == 403
    assert client_of(cast, "handler").get(f"/staff-results/{row.code}/").status_code == 403
    assert client_of(cast, "outsider").get(f"/staff-results/{row.code}/").status_code == 200
    assert (
        "Too few answers to show"
        in client_of(cast, "outsider").get(f"/staff-results/{row.code}/").content.decode()
    )
