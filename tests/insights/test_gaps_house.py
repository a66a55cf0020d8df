"""Gaps 1 to 4: measured by surveys of managers and staff, standards and promises, on the customers' scale."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from manyi.customers.models import Promise
from manyi.insights.gaps import gaps
from manyi.insights.gaps_house import HouseGap, house_gaps
from manyi.insights.queries import result_of
from manyi.insights.services_gaps import make_questionnaire
from manyi.measures import compare
from manyi.measures.shares import mean, wilson
from manyi.standards.models import ServiceStandard, Stage, Touchpoint
from manyi.surveys import staff_figures
from manyi.surveys.models import StaffSurvey, Wave
from manyi.surveys.questionnaire import parse
from manyi.surveys.services import staff
from manyi.surveys.services.questionnaires import publish_questionnaire
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.insights.test_gaps import ONE, client_of, filled

pytestmark = pytest.mark.django_db
KINDS = StaffSurvey.Respondents


def asked_of(cast: Cast, wave: Wave, kind: StaffSurvey.Respondents, given: list[dict[str, int]], at: datetime) -> StaffSurvey:  # fmt: skip
    """A closed survey of managers or staff; `given` maps the beginning of a code to the points."""
    scope = cast.scope("manager")
    row = make_questionnaire(scope, result=result_of(scope, wave), respondents=kind, at=at)
    version = publish_questionnaire(scope, questionnaire=row, at=at)
    form = parse(version.definition)
    assert staff_figures.unsuitable(form) == ""
    survey = staff.create_staff_survey(
        scope, code=f"gaps-{kind}", name={"zh": "x", "en": "x"}, unit=cast.group, respondents=kind,
        questionnaire_version=version, headcounts={cast.group.pk: len(given)}, at=at,
    )  # fmt: skip
    staff.open_staff_survey(scope, survey=survey, at=at)
    secrets = staff.print_slips(scope, survey=survey, unit=cast.group, at=at)
    for secret, points in zip(secrets, given, strict=True):
        slip = staff.slip_of(secret)
        assert slip is not None
        answers = {
            column: next(value for begin, value in points.items() if question.code.startswith(begin))
            for column, question in form.columns().items()
            if question.type != "text"
        }
        staff.answer(slip=slip, answers=answers, at=at)
    return staff.close_staff_survey(scope, survey=survey, at=at + timedelta(days=5))


MANAGERS = [{"belief": 4 + n % 2, "standard": 3 + n % 3} for n in range(12)]
STAFF = [{"meet": 2 + n % 3, "promise": 5 + n % 2} for n in range(20)]


def found_in(cast: Cast, wave: Wave) -> dict[int, HouseGap]:
    result = result_of(cast.scope("manager"), wave)
    five = gaps(result)
    assert five is not None
    return {gap.number: gap for gap in house_gaps(result, five)}


def test_without_data_each_gap_says_how_it_could_be_measured(cast: Cast, at: datetime) -> None:
    found = found_in(cast, filled(cast, at, ONE))
    assert list(found) == [1, 2, 3, 4]
    assert all(not gap.measured and gap.advice for gap in found.values())
    page = client_of(cast).get("/results/w1/gaps/").content.decode()
    assert page.count("Not measured yet.") == 4


def test_managers_beliefs_against_customers_expectations(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    asked_of(cast, wave, KINDS.MANAGERS, MANAGERS, at)
    found = found_in(cast, wave)
    answers = [response.answers for response in wave.responses.all()]
    beliefs = mean([float(one["belief"]) for one in MANAGERS])
    expected = mean([(a["reliability1__e"] + a["reliability2__e"]) / 2 for a in answers])
    wanted = compare.means(beliefs, expected)
    one = next(figure for figure in found[1].figures if figure.label == "Reliability")
    assert (one.value, one.low, one.high) == pytest.approx((wanted.value, wanted.low, wanted.high))
    assert one.verdict == "falls short"
    assert one.n == "12 managers · 80 customers"
    two = found[2].figures[0]
    assert two.value == pytest.approx(4.0 - 4.5)
    assert not found[3].measured
    assert not found[4].measured


def test_delivery_and_promises_as_staff_see_them(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    asked_of(cast, wave, KINDS.MANAGERS, MANAGERS, at)
    asked_of(cast, wave, KINDS.STAFF, STAFF, at)
    found = found_in(cast, wave)
    met, promised = [mean([float(one[key]) for one in STAFF]) for key in ("meet", "promise")]
    assert found[3].figures[0].value == pytest.approx((met.value or 0) - 4.0)
    assert found[4].figures[0].value == pytest.approx((met.value or 0) - (promised.value or 0))
    assert {figure.verdict for figure in found[4].figures} == {"falls short"}


def test_fewer_than_ten_managers_are_shown_but_not_tested(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    asked_of(cast, wave, KINDS.MANAGERS, MANAGERS[:6], at)
    one = found_in(cast, wave)[1].figures[0]
    assert one.value is not None
    assert one.low is None
    assert one.verdict == "too few to compare"


def test_standards_and_promises_are_counted_from_their_registers(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    stage = Stage.objects.create(code="s", name=factories.texts("阶段", "Stage"))
    points = [
        Touchpoint.objects.create(
            code=f"t{n}", name=factories.texts("点", "Point"), stage=stage, unit=cast.group
        )
        for n in range(4)
    ]
    ServiceStandard.objects.create(
        code="kept",
        name=factories.texts("承诺", "Promises"),
        touchpoint=points[0],
        source="promise",
        subject="all",
        target=50,
    )
    customer = factories.customer(cast.east, 1, at)
    for number in range(8):
        due = at - timedelta(days=number + 1)
        Promise.objects.create(
            unit=cast.east, customer=customer, subject=f"customer:{customer.pk}", text="x", owner=cast.agent,
            made_by=cast.agent, made_at=due - timedelta(days=2), due_at=due, remind_at=due,
            state="kept" if number < 6 else "broken", done_at=due - timedelta(hours=1), settled_at=due,
        )  # fmt: skip
    found = found_in(cast, wave)
    assert [figure.value for figure in found[2].figures] == [0.25]
    share = wilson(6, 8)
    (kept,) = found[4].figures
    assert (kept.value, kept.low, kept.n) == (share.value, share.low, "8")
    (met,) = found[3].figures
    assert (met.value, met.n) == (1.0, "1 / 1")


def test_page_picture_table_and_api_tell_the_same(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    asked_of(cast, wave, KINDS.MANAGERS, MANAGERS, at)
    client = client_of(cast)
    page = client.get(f"/results/{wave.code}/gaps/").content.decode()
    assert "12 managers" in page
    assert page.count("Not measured yet.") == 2
    lines = list(
        csv.DictReader(io.StringIO(client.get(f"/results/{wave.code}/gaps.csv").content.decode("utf-8-sig")))
    )
    assert {line["gap"] for line in lines} == {"1", "2"}
    assert client.get(f"/results/{wave.code}/gaps/house.png").status_code == 200


def test_a_wave_without_expectations_makes_no_questionnaire(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at)
    with pytest.raises(Refused):
        make_questionnaire(
            cast.scope("manager"),
            result=result_of(cast.scope("manager"), wave),
            respondents=KINDS.STAFF,
            at=at,
        )


def test_the_button_makes_a_draft_for_those_who_design(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    made = client_of(cast).post(f"/results/{wave.code}/gaps/questionnaires/managers/")
    assert made.status_code == 302
    assert made["Location"].startswith("/questionnaires/gaps-managers")
    refused: Any = Client()
    refused.force_login(cast.executive, backend="django.contrib.auth.backends.ModelBackend")
    assert refused.post(f"/results/{wave.code}/gaps/questionnaires/managers/").status_code == 403


def test_who_sees_a_part_of_the_house_reads_no_survey_of_the_whole(cast: Cast, at: datetime) -> None:
    wave = filled(cast, at, ONE)
    asked_of(cast, wave, KINDS.MANAGERS, MANAGERS, at)
    result = result_of(cast.scope("east_manager"), wave)
    five = gaps(result)
    assert five is not None
    assert not any(figure.points for gap in house_gaps(result, five) for figure in gap.figures)
