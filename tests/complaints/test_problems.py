"""Problems: opened by hand or rule, worked on in eight disciplines, closed on evidence, opened by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from manyi.complaints import eight_d as disciplines
from manyi.complaints import jobs_problems, sameness
from manyi.complaints.models import Complaint, DetectionRule, Problem, ProblemCase, SignOff
from manyi.complaints.queries import problems as queries
from manyi.complaints.services import cases, eight_d
from manyi.complaints.services import follow_ups as follow_up_services
from manyi.complaints.services import problems as services
from manyi.customers.models import Promise
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

SYSTEM = Scope.system("test")
Drain = Callable[[], int]


def rule(cast: Cast, at: datetime, **fields: Any) -> DetectionRule:
    defaults = {"name": "Batches", "same": "batch", "count": 3, "days": 30, "leader": cast.agent}
    return services.save_rule(
        cast.scope("manager"), rule=None, unit=fields.pop("unit", cast.group), at=at, **{**defaults, **fields}
    )


def received(cast: Cast, at: datetime, run_jobs: Drain, batch: str = "B-17", **more: Any) -> Complaint:
    row = factories.complaint(more.pop("unit", cast.east), cast.agent, at, batch=batch, **more)
    run_jobs()
    return row


def opened(cast: Cast, at: datetime, *complaints: Complaint, **more: Any) -> Problem:
    return services.open_problem(
        cast.scope("agent"), unit=cast.east, title="Noisy bearings", complaints=complaints,
        **{"same": "batch" if complaints else "", "leader": cast.agent, **more}, at=at,
    )  # fmt: skip


def worked_out(cast: Cast, problem: Problem, at: datetime) -> None:
    """Everything the eight disciplines ask for, not signed yet."""
    scope, due = cast.scope("agent"), date(2026, 4, 1)
    for name, function in (("Li Lei", "Quality"), ("Han Meimei", "Production")):
        eight_d.add_member(scope, problem=problem, name=name, function=function, at=at)
    for code, fields in disciplines.FIELDS.items():
        texts = {field.name: f"{field.name} of {code}" for field in fields if field.required}
        eight_d.write(scope, problem=problem, code=code, content=texts, due_on=None, at=at)
    for question in ("occurrence", "escape"):
        cause = eight_d.add_cause(
            scope, problem=problem, text=f"{question}: no oil", branch="method", question=question,
            parent=None, at=at,
        )  # fmt: skip
        eight_d.judge_cause(
            scope, cause=cause, is_root=True, link="system", proof="Shown on the test rig", at=at
        )
    for kind in ("containment", "corrective", "preventive"):
        action = eight_d.add_action(
            scope, problem=problem, kind=kind, text=f"{kind} action", owner=cast.handler, due_on=due, at=at
        )
        eight_d.finish_action(
            cast.scope("handler"), action=action, evidence="Photo 12", effectiveness=100, at=at
        )


def proved(cast: Cast, problem: Problem, at: datetime, run_jobs: Drain, score: int = 5) -> None:
    """Worked out, signed, its complaints closed and followed up."""
    worked_out(cast, problem, at)
    for code in disciplines.CODES:
        eight_d.sign(cast.scope("executive"), problem=problem, code=code, at=at)
    for complaint in problem.complaints.all():
        cases.resolve(SYSTEM, complaint=complaint, resolution="Replaced", at=at)
        cases.close(SYSTEM, complaint=complaint, at=at)
        run_jobs()
        follow_up_services.finish(
            SYSTEM, follow_up=complaint.follow_ups.get(kind="first"), result="satisfied", score=score,
            words="", at=at,
        )  # fmt: skip
    run_jobs()


class Thing:
    product, serial, batch, customer_id, category_id = " Pump ", "", "B-17", 4, 9


def test_the_key_says_what_is_the_same_whatever_the_case() -> None:
    assert sameness.keys_of(Thing()) == ["batch:b-17", "product:9:pump", "customer:9:4"]
    assert sameness.filters("product:9:pump: twin") == {"product__iexact": "pump: twin", "category_id": 9}


def test_the_third_of_a_batch_opens_a_problem_with_all_three(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    rule(cast, at)
    rows = [
        received(cast, at + timedelta(days=day), run_jobs, batch)
        for day, batch in enumerate(("B-17", "b-17", "B-17"))
    ]
    problem = Problem.objects.get()
    assert (problem.origin, problem.key, problem.leader) == ("rule", "batch:b-17", cast.agent)
    assert set(problem.complaints.all()) == set(rows)


def test_the_fourth_joins_it_and_a_repeated_delivery_changes_nothing(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    rule(cast, at, count=2)
    for _ in range(3):
        last = received(cast, at, run_jobs)
    for _ in range(2):
        services.detect(SYSTEM, complaint=last, at=at)
    assert (Problem.objects.count(), ProblemCase.objects.count()) == (1, 3)


def test_too_few_or_too_long_ago_opens_nothing(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    rule(cast, at, count=2, days=10)
    received(cast, at, run_jobs)
    received(cast, at + timedelta(days=11), run_jobs)
    received(cast, at, run_jobs, batch="")
    received(cast, at, run_jobs, batch="")
    assert not Problem.objects.exists()


def test_a_branch_rule_does_not_count_elsewhere(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    rule(cast, at, count=2, unit=cast.west)
    received(cast, at, run_jobs)
    received(cast, at, run_jobs)
    assert not Problem.objects.exists()


def test_a_batch_that_becomes_known_later_counts(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    rule(cast, at, count=2)
    received(cast, at, run_jobs)
    late = received(cast, at, run_jobs, batch="")
    cases.edit(cast.scope("agent"), complaint=late, batch="B-17", at=at)
    run_jobs()
    assert Problem.objects.get().cases.count() == 2


def test_two_open_problems_for_the_same_are_refused(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    first = opened(cast, at, received(cast, at, run_jobs))
    other = received(cast, at, run_jobs, batch="B-18")
    ProblemCase.objects.filter(complaint=other).delete()
    cases.edit(SYSTEM, complaint=other, batch="B-17", at=at)
    with pytest.raises(Refused, match=f"Problem {first.number} is open for the same"):
        opened(cast, at, other)


def test_a_complaint_belongs_to_one_problem(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    complaint = received(cast, at, run_jobs)
    first = opened(cast, at, complaint)
    second = opened(cast, at)
    with pytest.raises(Refused, match=f"{complaint.number} belongs to problem {first.number}"):
        services.link(cast.scope("agent"), problem=second, complaint=complaint, at=at)


def test_the_head_is_taken_from_what_the_complaints_agree_in(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    who = factories.customer(cast.east, 1, at)
    rows = [received(cast, at, run_jobs, customer=who, product=p) for p in ("Pump 1", "Pump 2")]
    problem = opened(cast, at, *rows)
    assert (problem.customer, problem.batch, problem.part_name) == (who, "B-17", "")
    assert problem.number == "P-EAST-20260302-0001"


def test_steps_are_signed_in_order_and_complete(cast: Cast, at: datetime) -> None:
    problem, boss = opened(cast, at), cast.scope("executive")
    with pytest.raises(Refused, match="Name at least two members"):
        eight_d.sign(boss, problem=problem, code="D1", at=at)
    worked_out(cast, problem, at)
    with pytest.raises(Refused, match="Sign D1, D2 before D3"):
        eight_d.sign(boss, problem=problem, code="D3", at=at)
    for code in disciplines.CODES:
        eight_d.sign(boss, problem=problem, code=code, at=at)
    assert problem.steps.filter(signed_by=cast.executive).count() == 8


@pytest.mark.parametrize(
    ("code", "facts", "content", "message"),
    [
        ("D2", {}, {"what": "x", "where": "x", "when": "x"}, "“How many, how often?” is empty"),
        ("D3", {}, {"effect": "x"}, "or say why none is needed"),
        ("D3", {"containment": 2, "containment_done": 1}, {"effect": "x"}, "1 action is not done"),
        ("D4", {"roots": frozenset({"occurrence"})}, {}, "why it was not found"),
        ("D5", {}, {"choice": "x"}, "Add a corrective action"),
        ("D6", {"corrective": 2}, {"validation": "x"}, "2 actions are not done"),
        ("D7", {}, {"lessons": "x"}, "name the documents"),
        ("D8", {}, {}, "Conclusion and thanks to the team"),
    ],
)
def test_what_a_discipline_lacks(
    code: str, facts: dict[str, Any], content: dict[str, str], message: str
) -> None:
    found = disciplines.missing(code, content, disciplines.Facts(**facts))
    assert len(found) == 1
    assert message in found[0]


def test_containment_may_be_declared_unnecessary() -> None:
    content = {"effect": "Single piece", "none_needed": "Nothing in stock or transit"}
    assert disciplines.missing("D3", content, disciplines.Facts()) == []


def test_what_is_signed_does_not_change_and_the_history_of_signatures_stays(cast: Cast, at: datetime) -> None:
    problem, boss = opened(cast, at), cast.scope("executive")
    worked_out(cast, problem, at)
    for code in disciplines.CODES[:5]:
        eight_d.sign(boss, problem=problem, code=code, at=at)
    with pytest.raises(Refused, match="D2 is signed"):
        eight_d.write(cast.scope("agent"), problem=problem, code="D2", content={}, due_on=None, at=at)
    eight_d.unsign(boss, problem=problem, code="D4", reason="Cause disproved", at=at + timedelta(hours=1))
    assert list(problem.steps.filter(signed_at__isnull=False).values_list("code", flat=True)) == [
        "D1",
        "D2",
        "D3",
    ]
    history = SignOff.objects.filter(step__problem=problem, step__code="D4").values_list("signed", "reason")
    assert list(history) == [(True, ""), (False, "Cause disproved")]


def test_signing_needs_the_right_and_another_branch_may_do_nothing(cast: Cast, at: datetime) -> None:
    problem = opened(cast, at)
    with pytest.raises(NotAllowed):
        eight_d.sign(cast.scope("agent"), problem=problem, code="D1", at=at)
    assert not queries.visible(cast.scope("outsider")).exists()
    with pytest.raises(NotAllowed):
        eight_d.add_member(cast.scope("outsider"), problem=problem, name="X", function="Y", at=at)


def test_a_root_cause_needs_its_place_and_its_proof(cast: Cast, at: datetime) -> None:
    problem, scope = opened(cast, at), cast.scope("agent")
    cause = eight_d.add_cause(
        scope, problem=problem, text="No oil", branch="method", question="occurrence", parent=None, at=at
    )
    with pytest.raises(Refused, match="how it was proved"):
        eight_d.judge_cause(scope, cause=cause, is_root=True, link="system", proof=" ", at=at)


def test_a_why_shares_the_branch_of_what_it_explains(cast: Cast, at: datetime) -> None:
    problem, scope = opened(cast, at), cast.scope("agent")
    cause = eight_d.add_cause(
        scope, problem=problem, text="No oil", branch="method", question="escape", parent=None, at=at
    )
    why = eight_d.add_cause(
        scope, problem=problem, text="Why", branch="man", question="occurrence", parent=cause, at=at
    )
    assert (why.branch, why.question, why.parent) == ("method", "escape", cause)


def test_an_action_is_done_with_evidence_by_its_owner(cast: Cast, at: datetime) -> None:
    problem = opened(cast, at)
    action = eight_d.add_action(
        cast.scope("agent"), problem=problem, kind="corrective", text="Oil it", owner=cast.outsider,
        due_on=date(2026, 4, 1), at=at,
    )  # fmt: skip
    assert queries.visible(cast.scope("outsider")).get() == problem
    with pytest.raises(Refused, match="what shows"):
        eight_d.finish_action(cast.scope("outsider"), action=action, evidence="", effectiveness=None, at=at)
    eight_d.finish_action(cast.scope("outsider"), action=action, evidence="Photo", effectiveness=90, at=at)
    with pytest.raises(Refused, match="done already"):
        eight_d.finish_action(
            cast.scope("outsider"), action=action, evidence="Again", effectiveness=90, at=at
        )
    with pytest.raises(Refused, match="stays in the record"):
        eight_d.remove_action(cast.scope("agent"), action=action, at=at)


def test_it_closes_only_when_every_gate_is_passed(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    problem = opened(cast, at, received(cast, at, run_jobs), quiet_days=30)
    boss, later = cast.scope("executive"), at + timedelta(days=31)
    with pytest.raises(Refused, match="Not signed yet: D1, D2"):
        services.close(boss, problem=problem, at=later)
    proved(cast, problem, at, run_jobs)
    assert [gate.code for gate in queries.gates(problem, later) if not gate.passed] == []
    with pytest.raises(Refused, match="No recurrence in 30 days: 29 days without recurrence"):
        services.close(boss, problem=problem, at=at + timedelta(days=29))
    closed = services.close(boss, problem=problem, at=later)
    assert (closed.state, closed.closed_at, closed.closings) == ("closed", later, 1)


def test_a_low_score_keeps_it_open(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    problem = opened(cast, at, received(cast, at, run_jobs))
    proved(cast, problem, at, run_jobs, score=3)
    with pytest.raises(Refused, match=r"score of at least 4\.0: 3\.0 from 1 of 1 complaints"):
        services.close(cast.scope("executive"), problem=problem, at=at + timedelta(days=31))


def promise(cast: Cast, subject: str, at: datetime, **fields: Any) -> Promise:
    return Promise.objects.create(
        subject=subject, unit=cast.east, text="A new pump", owner=cast.agent, made_at=at, due_at=at, remind_at=at,
        **fields,
    )  # fmt: skip


def test_promises_about_its_complaints_must_be_kept(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    complaint = received(cast, at, run_jobs)
    problem = opened(cast, at, complaint)
    proved(cast, problem, at, run_jobs)
    later = at + timedelta(days=31)
    made = promise(cast, f"complaint:{complaint.pk}", at)
    with pytest.raises(Refused, match="1 promise to a customer is open"):
        services.close(cast.scope("executive"), problem=problem, at=later)
    Promise.objects.filter(pk=made.pk).update(state="broken", settled_at=at)
    with pytest.raises(Refused, match="broken and not made good"):
        services.close(cast.scope("executive"), problem=problem, at=later)
    promise(cast, f"complaint:{complaint.pk}", at, state="kept", done_at=later, settled_at=later)
    assert services.close(cast.scope("executive"), problem=problem, at=later).state == "closed"


def closed_problem(cast: Cast, at: datetime, run_jobs: Drain) -> Problem:
    problem = opened(cast, at, received(cast, at, run_jobs))
    proved(cast, problem, at, run_jobs)
    return services.close(cast.scope("executive"), problem=problem, at=at + timedelta(days=31))


def test_a_recurrence_opens_it_again_and_says_why(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    problem = closed_problem(cast, at, run_jobs)
    again = received(cast, at + timedelta(days=60), run_jobs, batch="b-17")
    problem.refresh_from_db()
    assert (problem.state, problem.reopened) == ("open", 1)
    assert again.number in problem.reopened_because
    assert set(problem.complaints.values_list("number", flat=True)) >= {again.number}
    signed = problem.steps.filter(signed_at__isnull=False).values_list("code", flat=True)
    assert list(signed) == ["D1", "D2", "D3"]


def test_another_batch_is_no_recurrence(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    problem = closed_problem(cast, at, run_jobs)
    received(cast, at + timedelta(days=60), run_jobs, batch="B-18")
    problem.refresh_from_db()
    assert problem.state == "closed"


def test_the_daily_check_finds_what_no_event_told(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    problem = closed_problem(cast, at, run_jobs)
    later = at + timedelta(days=40)
    assert services.recheck(SYSTEM, problem=problem, at=later) is False
    promise(cast, f"problem:{problem.pk}", at)
    assert services.recheck(SYSTEM, problem=problem, at=later) is True
    problem.refresh_from_db()
    assert (problem.state, services.recheck(SYSTEM, problem=problem, at=later)) == ("open", False)


def test_a_dissatisfied_second_follow_up_opens_the_problem_again(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    follow_up_services.set_policy(cast.scope("manager"), unit=cast.group, second_share={"": 1.0}, at=at)
    problem = closed_problem(cast, at, run_jobs)
    second = problem.complaints.get().follow_ups.get(kind="second")
    follow_up_services.finish(
        cast.scope("agent"),
        follow_up=second,
        result="dissatisfied",
        score=1,
        words="Noisy",
        at=at + timedelta(days=40),
    )
    run_jobs()
    problem.refresh_from_db()
    assert problem.state == "open"
    assert "1.0" in problem.reopened_because


def test_a_rule_that_comes_second_joins_the_problem_of_the_first(
    cast: Cast, at: datetime, run_jobs: Drain
) -> None:
    """Two workers count at the same moment: the database lets one open, the other one joins."""
    first = opened(cast, at, received(cast, at, run_jobs))
    late = rule(cast, at, count=2)
    other = factories.complaint(cast.east, cast.agent, at, batch="B-17")
    joined = services._open_by_rule(SYSTEM, late, "batch:b-17", [other], at)
    assert joined == first
    assert ProblemCase.objects.get(complaint=other).problem == first


def test_the_daily_job_opens_what_does_not_hold(cast: Cast, run_jobs: Drain) -> None:
    at = timezone.now() - timedelta(days=100)  # noqa: TID251
    problem = closed_problem(cast, at, run_jobs)
    jobs_problems.recheck_closed()
    problem.refresh_from_db()
    assert problem.state == "closed"
    promise(cast, f"problem:{problem.pk}", at)
    jobs_problems.recheck_closed()
    problem.refresh_from_db()
    assert (problem.state, problem.reopened) == ("open", 1)
