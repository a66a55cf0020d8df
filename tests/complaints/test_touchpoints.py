"""What touchpoints and standards are told of complaints, against figures counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from manyi.complaints.models import Category, ClockPolicy, Complaint
from manyi.complaints.queries import touchpoints as queries
from manyi.complaints.services import cases
from manyi.complaints.services.clock_policies import shipped
from manyi.knowledge.models import AnswerVersion, StandardAnswer, Topic
from manyi.people.models import OrgUnit
from tests import factories
from tests.conftest import Cast

# Received on Monday 2 March 2026 at 10:00 in Shanghai.
SINCE, TODAY = date(2026, 3, 1), date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def limits(cast: Cast) -> None:
    """An answer within 24 hours on the wall, nothing else."""
    shipped()
    ClockPolicy.objects.exclude(code="ordinary").delete()
    ClockPolicy.objects.update(
        acknowledge_minutes=None, respond_minutes=24 * 60, respond_business=False, resolve_minutes=None,
        next_contact_minutes=None,
    )  # fmt: skip


def case(cast: Cast, at: datetime, answered: timedelta | None, unit: OrgUnit | None = None) -> Complaint:
    row = factories.complaint(unit or cast.east, cast.east_manager, at)
    if answered is not None:
        cases.start(cast.scope("manager"), complaint=row, at=at)
        cases.respond(cast.scope("manager"), complaint=row, at=at + answered)
    return row


def test_limits_kept_of_those_decided_in_these_days(cast: Cast, at: datetime, limits: None) -> None:
    for hours in (1, 5, 24):
        case(cast, at, timedelta(hours=hours))
    case(cast, at, timedelta(hours=30))  # answered late
    case(cast, at, None)  # ran out on 3 March
    case(cast, at, timedelta(hours=1), cast.west)  # elsewhere
    read = queries.read(cast.scope("manager"), "respond", cast.east, SINCE, TODAY)
    assert (read.value, read.n) == (60.0, 5)
    # The exact interval of 3 of 5, as tables have it: 0.1466 to 0.9473.
    assert read.low == pytest.approx(14.66, abs=0.01)
    assert read.high == pytest.approx(94.73, abs=0.01)
    assert read.url.startswith(f"/complaints/?unit={cast.east.pk}&since=2026-03-01&until=2026-03-09")
    assert queries.read(cast.scope("manager"), "respond", cast.group, SINCE, TODAY).n == 6


def test_a_limit_counts_on_the_day_on_which_it_is_decided(cast: Cast, at: datetime, limits: None) -> None:
    case(cast, at, timedelta(hours=1))  # kept on the 2nd
    case(cast, at, None)  # runs out on the 3rd
    days = [(date(2026, 3, day), date(2026, 3, day + 1)) for day in (1, 2, 3, 4)]
    found = [queries.read(cast.scope("manager"), "respond", cast.east, *day) for day in days]
    assert [(read.value, read.n) for read in found] == [(None, 0), (100.0, 1), (0.0, 1), (None, 0)]


def test_what_still_runs_is_not_missed(cast: Cast, at: datetime, limits: None) -> None:
    case(cast, at, None)
    read = queries.read(cast.scope("manager"), "respond", cast.east, SINCE, date(2026, 3, 3))
    assert (read.value, read.n, read.hidden) == (None, 0, False)


def test_a_limit_that_no_policy_sets_is_not_measured(cast: Cast, at: datetime, limits: None) -> None:
    case(cast, at, timedelta(hours=1))
    assert queries.read(cast.scope("manager"), "acknowledge", cast.east, SINCE, TODAY).value is None
    assert queries.read(cast.scope("manager"), "no-limit", cast.east, SINCE, TODAY).value is None


def test_limits_of_another_branch_are_not_told(cast: Cast, at: datetime, limits: None) -> None:
    case(cast, at, timedelta(hours=1))
    for unit in (cast.east, cast.group):
        assert queries.read(cast.scope("outsider"), "respond", unit, SINCE, TODAY).hidden
    assert not queries.read(cast.scope("agent"), "respond", cast.east, SINCE, TODAY).hidden


def test_complaints_are_counted_with_the_categories_below_and_without_merged_ones(
    cast: Cast, at: datetime
) -> None:
    group = Category.objects.create(code="delivery", name={"zh": "交付", "en": "Delivery"})
    late = Category.objects.create(code="late", name={"zh": "晚", "en": "Late"}, parent=group)
    other = Category.objects.create(code="noise", name={"en": "Noise"})
    rows = [
        factories.complaint(cast.east, cast.east_manager, at, category=category)
        for category in (group, late, late, other)
    ]
    factories.complaint(cast.east, cast.east_manager, at - timedelta(days=40), category=late)
    factories.complaint(cast.west, cast.outsider, at, category=late)
    Complaint.objects.filter(pk=rows[1].pk).update(state="merged", merged_into=rows[2])
    found = queries.complaints(cast.scope("manager"), cast.east, ["delivery", "late", "none"], SINCE, TODAY)
    assert {code: row.n for code, row in found.items()} == {"delivery": 2, "late": 1}
    assert f"category={late.pk}" in found["late"].url
    assert queries.complaints(cast.scope("outsider"), cast.east, ["late"], SINCE, TODAY) == {}
    assert dict(queries.categories(cast.scope("manager")))["late"] == "Delivery › Late"


def test_published_answers_of_a_topic(cast: Cast, at: datetime) -> None:
    topic = Topic.objects.create(name={"zh": "交付", "en": "Delivery"})
    for number, state in enumerate(("published", "published", "draft")):
        answer = StandardAnswer.objects.create(unit=cast.group, topic=topic, created_at=at)
        AnswerVersion.objects.create(
            answer=answer,
            number=1,
            state=state,
            title={"en": f"Answer {number}"},
            body={"en": "x"},
            changed_at=at,
        )
    found = queries.answers(cast.scope("agent"), [str(topic.pk), "junk", "999999"])
    assert list(found) == [str(topic.pk)]
    assert found[str(topic.pk)].n == 2
    assert [title for title, _url in found[str(topic.pk)].newest] == ["Answer 1", "Answer 0"]
