"""Follow-ups: planned at closing, called, ended; who is dissatisfied gets the case opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from manyi.complaints import follow_up_plan as plan
from manyi.complaints import jobs_follow_ups
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, FollowUp, FollowUpPolicy
from manyi.complaints.queries import follow_ups as queries
from manyi.complaints.services import cases
from manyi.complaints.services import follow_ups as services
from manyi.scope import NotAllowed, Scope
from manyi.surveys.models import Invitation
from manyi.surveys.services.responses import submit_response
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")


def closed(cast: Cast, at: datetime, run_jobs: Callable[[], int], **particulars: object) -> Complaint:
    row = factories.complaint(cast.east, cast.agent, at, **particulars)
    scope = cast.scope("agent")
    cases.resolve(scope, complaint=row, resolution="Bearing replaced", at=at)
    cases.close(scope, complaint=row, at=at)
    run_jobs()
    row.refresh_from_db()
    return row


def first(row: Complaint) -> FollowUp:
    return row.follow_ups.get(closing=row.closings, kind="first")


def test_a_draw_is_repeatable_and_as_large_as_its_share() -> None:
    numbers = [f"EAST-{n:05d}" for n in range(4000)]
    drawn = {n for n in numbers if plan.drawn(7, n, 1, 0.2)}
    assert drawn == {n for n in numbers if plan.drawn(7, n, 1, 0.2)}
    assert 700 < len(drawn) < 900
    assert drawn < {n for n in numbers if plan.drawn(7, n, 1, 0.5)}
    assert drawn != {n for n in numbers if plan.drawn(8, n, 1, 0.2)}


def test_each_closed_case_gets_a_first_follow_up_three_working_days_later(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    thursday = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    row = closed(cast, thursday, run_jobs)
    planned = first(row)
    assert planned.due_at == datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # over the weekend, 10:00 in Shanghai
    assert (planned.caller, planned.team, planned.result) == (cast.agent, None, "")


def test_planning_twice_adds_nothing(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    row = closed(cast, at, run_jobs)
    before = row.follow_ups.count()
    assert services.plan_follow_ups(SYSTEM, complaint=row, closing=row.closings, at=at) == []
    assert row.follow_ups.count() == before


def test_the_second_follows_the_share_of_the_customer_tier(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    services.set_policy(
        cast.scope("manager"), unit=cast.group, second_share={"A": 1.0, "B": 0.0}, business_days=False, at=at
    )
    best = closed(cast, at, run_jobs, customer=factories.customer(cast.east, 1, at, tier="A"))
    good = closed(cast, at, run_jobs, customer=factories.customer(cast.east, 2, at, tier="B"))
    assert set(best.follow_ups.values_list("kind", "due_at")) == {
        ("first", at + timedelta(days=3)),
        ("second", at + timedelta(days=30)),
    }
    assert set(good.follow_ups.values_list("kind", flat=True)) == {"first"}


def test_a_team_calls_where_the_rules_say_so(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    services.set_policy(
        cast.scope("manager"),
        unit=cast.group,
        caller="team",
        team=cast.west,
        second_share={"A": 0.0},
        at=at,
    )
    planned = first(closed(cast, at, run_jobs))
    assert (planned.caller, planned.team) == (None, cast.west)
    assert queries.visible(cast.scope("outsider")).get() == planned
    services.finish(cast.scope("outsider"), follow_up=planned, result="satisfied", score=5, words="", at=at)


def test_the_nearest_policy_up_the_tree_holds(cast: Cast, at: datetime) -> None:
    group = services.set_policy(cast.scope("manager"), unit=cast.group, max_attempts=5, at=at)
    assert queries.policy_for(cast.east) == group
    assert queries.policy_for(cast.west).max_attempts == 5
    own = services.set_policy(cast.scope("east_manager"), unit=cast.east, max_attempts=2, at=at)
    assert (queries.policy_for(cast.east), queries.policy_for(cast.west)) == (own, group)


def test_after_the_last_attempt_nobody_was_reached(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    planned = first(closed(cast, at, run_jobs))
    for day in range(3):
        assert planned.result == ""
        planned = services.note_attempt(
            cast.scope("agent"), follow_up=planned, answered=False, at=at + timedelta(days=day)
        )
    assert (planned.result, planned.attempts.count()) == ("unreachable", 3)


def test_an_unanswered_call_is_tried_again_the_next_working_day(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    friday = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
    planned = first(closed(cast, at, run_jobs))
    planned = services.note_attempt(cast.scope("agent"), follow_up=planned, answered=False, at=friday)
    assert planned.due_at == friday + timedelta(days=3)


def test_dissatisfied_opens_the_complaint_again_with_the_words(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    row = closed(cast, at, run_jobs, customer=factories.customer(cast.east, 1, at, tier="A"))
    services.finish(
        cast.scope("agent"), follow_up=first(row), result="dissatisfied", score=2, words="Noisy again", at=at
    )
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.reopened) == (State.WORKING, 1)
    assert row.notes.get().text == "Noisy again"
    assert row.notes.get().author == cast.agent
    assert not row.follow_ups.filter(result="").exists()  # the second one has nothing to ask any more


@pytest.mark.parametrize(
    ("result", "score", "words", "message"),
    [
        ("satisfied", None, "", "score from 1 to 5"),
        ("satisfied", 6, "", "score from 1 to 5"),
        ("dissatisfied", 1, " ", "Say what the customer is dissatisfied with"),
        ("unreachable", 3, "", "satisfied or dissatisfied"),
    ],
)
def test_half_an_outcome_is_refused(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], result: str, score: int | None, words: str, message: str
) -> None:  # fmt: skip
    planned = first(closed(cast, at, run_jobs))
    with pytest.raises(Refused, match=message):
        services.finish(
            cast.scope("agent"), follow_up=planned, result=result, score=score, words=words, at=at
        )
    planned.refresh_from_db()
    assert planned.result == ""


def test_a_follow_up_ends_once(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    planned = first(closed(cast, at, run_jobs))
    services.finish(cast.scope("agent"), follow_up=planned, result="satisfied", score=5, words="", at=at)
    with pytest.raises(Refused, match="ended already with “Satisfied”"):
        services.finish(cast.scope("agent"), follow_up=planned, result="satisfied", score=4, words="", at=at)


def test_another_branch_neither_sees_nor_calls(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    planned = first(closed(cast, at, run_jobs))
    assert not queries.visible(cast.scope("outsider")).exists()
    with pytest.raises(NotAllowed):
        services.finish(
            cast.scope("outsider"), follow_up=planned, result="satisfied", score=5, words="", at=at
        )


def test_closed_again_means_asked_again(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    row = closed(cast, at, run_jobs)
    cases.reopen(cast.scope("agent"), complaint=row, reason="Not yet", at=at)
    run_jobs()
    assert row.follow_ups.get(kind="first").result == "cancelled"
    cases.resolve(cast.scope("agent"), complaint=row, resolution="Now", at=at)
    cases.close(cast.scope("agent"), complaint=row, at=at)
    run_jobs()
    assert list(row.follow_ups.filter(kind="first").order_by("closing").values_list("closing", "result")) == [
        (1, "cancelled"),
        (2, ""),
    ]


def with_questionnaire(cast: Cast, at: datetime, **rules: object) -> FollowUpPolicy:
    factories.wave(cast.group, at, code="after-complaints")
    return services.set_policy(
        cast.scope("manager"),
        unit=cast.group,
        wave_code="after-complaints",
        second_share={"A": 0.0},
        at=at,
        **rules,
    )


@pytest.mark.parametrize(
    ("rating", "score", "result", "state"),
    [(5, 5, "satisfied", State.CLOSED), (1, 1, "dissatisfied", State.WORKING)],
)
def test_the_questionnaire_goes_to_the_contact_and_its_answer_ends_the_follow_up(
    cast: Cast, at: datetime, run_jobs: Callable[[], int], rating: int, score: int, result: str, state: State
) -> None:  # fmt: skip
    with_questionnaire(cast, at)
    who = factories.customer(cast.east, 1, at)
    row = closed(cast, at, run_jobs, customer=who, contact=who.contacts.first())
    planned = first(row)
    services.wish_survey(cast.scope("agent"), follow_up=planned, at=at)
    run_jobs()
    invitation = Invitation.objects.get()
    assert (invitation.about, invitation.contact) == (f"complaint:{row.pk}:1", who.contacts.first())
    answers = {"on_time": rating, "complete": rating, "attitude": rating, "speed": rating, "nps": 5}
    submit_response(
        wave=invitation.wave, invitation=invitation, answers=answers, language="en", channel="email",
        started_at=None, at=at + timedelta(days=1),
    )  # fmt: skip
    run_jobs()
    planned.refresh_from_db()
    row.refresh_from_db()
    assert (planned.score, planned.result, planned.via) == (score, result, "survey")
    assert row.state == state


def test_two_closings_of_one_customer_are_asked_about_apart(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    with_questionnaire(cast, at)
    who = factories.customer(cast.east, 1, at)
    rows = [closed(cast, at, run_jobs, customer=who) for _ in range(2)]
    for row in rows:
        services.wish_survey(cast.scope("agent"), follow_up=first(row), at=at)
    run_jobs()
    assert set(Invitation.objects.values_list("about", flat=True)) == {
        f"complaint:{row.pk}:1" for row in rows
    }


def test_the_questionnaire_is_not_sent_twice_nor_without_a_wave(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    who = factories.customer(cast.east, 1, at)
    planned = first(closed(cast, at, run_jobs, customer=who))
    with pytest.raises(Refused, match="name no open wave"):
        services.wish_survey(cast.scope("agent"), follow_up=planned, at=at)
    with_questionnaire(cast, at)
    services.wish_survey(cast.scope("agent"), follow_up=planned, at=at)
    with pytest.raises(Refused, match="sent already"):
        services.wish_survey(cast.scope("agent"), follow_up=planned, at=at)


def test_whoever_opted_out_is_not_asked_by_questionnaire(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    with_questionnaire(cast, at)
    who = factories.customer(cast.east, 1, at)
    who.contacts.update(opted_out_at=at)
    services.wish_survey(
        cast.scope("agent"), follow_up=first(closed(cast, at, run_jobs, customer=who)), at=at
    )
    run_jobs()
    assert not Invitation.objects.exists()


def test_the_outcome_counts_those_due_with_intervals(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    services.set_policy(cast.scope("manager"), unit=cast.group, second_share={"A": 0.0}, at=at)
    rows = [first(closed(cast, at, run_jobs)) for _ in range(4)]
    scope = cast.scope("agent")
    services.finish(scope, follow_up=rows[0], result="satisfied", score=5, words="", at=at)
    services.finish(scope, follow_up=rows[1], result="satisfied", score=4, words="", at=at)
    services.finish(scope, follow_up=rows[2], result="dissatisfied", score=1, words="No", at=at)
    later = at + timedelta(days=30)
    found = queries.outcome(scope, since=at, until=later, at=later)
    assert (found.done.value, found.done.n) == (0.75, 4)
    assert (found.satisfied.n, found.overdue) == (3, 1)
    assert found.satisfied.value == pytest.approx(2 / 3)
    assert found.satisfied.low == pytest.approx(0.2077, abs=1e-4)
    assert found.score == pytest.approx(10 / 3)
    assert queries.outcome(cast.scope("outsider"), since=at, until=later, at=later).done.n == 0


def test_the_script_is_in_the_customers_language(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    english = first(closed(cast, at, run_jobs, complainant="Ms Jones", language="en"))
    chinese = first(closed(cast, at, run_jobs, complainant="王女士"))
    assert queries.script(english).startswith("Good day, Ms Jones, this is")
    assert "您好，王女士" in queries.script(chinese)
    assert "{" not in queries.script(chinese)


def test_the_clock_sends_the_questionnaire_once_when_the_rules_say_so(
    cast: Cast, run_jobs: Callable[[], int]
) -> None:
    at = timezone.now() - timedelta(days=20)  # noqa: TID251
    with_questionnaire(cast, at)
    planned = first(closed(cast, at, run_jobs, customer=factories.customer(cast.east, 1, at)))
    jobs_follow_ups.ask_due()
    planned.refresh_from_db()
    assert planned.survey_wished_at is None
    with_rules = FollowUpPolicy.objects.get()
    with_rules.ask_first = True
    with_rules.save()
    for _ in range(2):
        jobs_follow_ups.ask_due()
        run_jobs()
    assert Invitation.objects.count() == 1
