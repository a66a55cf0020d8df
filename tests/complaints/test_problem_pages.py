"""Pages of follow-ups, problems, the four never-miss and improvement requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from manyi.complaints import eight_d as disciplines
from manyi.complaints import eight_d_report
from manyi.complaints.models import Complaint, FollowUp, FollowUpPolicy, ImprovementRequest, Problem
from manyi.complaints.queries import problems as queries
from manyi.complaints.services import cases
from manyi.scope import Scope
from tests import factories
from tests.complaints.test_problems import opened, worked_out
from tests.conftest import Cast

SYSTEM = Scope.system("test")
Drain = Callable[[], int]


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def closed(cast: Cast, at: datetime, run_jobs: Drain) -> Complaint:
    row = factories.complaint(cast.east, cast.agent, at, complainant="Ms Wang", phone="13800000001")
    cases.resolve(SYSTEM, complaint=row, resolution="Replaced", at=at)
    cases.close(SYSTEM, complaint=row, at=at)
    run_jobs()
    return row


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def test_the_list_leads_to_the_call_and_the_call_ends_it(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    row = closed(cast, at, run_jobs).follow_ups.get(kind="first")
    client = signed_in(cast, "agent")
    url = reverse("follow-up", args=[row.pk])
    assert url in text(client, reverse("follow-ups"))
    assert "tel:13800000001" in text(client, url)
    answer = client.post(url, {"result": "dissatisfied", "score": "2", "words": ""})
    assert answer.status_code == 422
    assert "Say what the customer is dissatisfied with" in answer.content.decode()
    client.post(url, {"result": "dissatisfied", "score": "2", "words": "Noisy again"})
    row.refresh_from_db()
    assert (row.result, row.complaint.state) == ("dissatisfied", "working")
    assert "Noisy again" in text(client, url)


def test_nobody_answered_is_one_click(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    row = closed(cast, at, run_jobs).follow_ups.get(kind="first")
    signed_in(cast, "agent").post(
        reverse("follow-up-act", args=[row.pk]), {"action": "unanswered", "note": "Busy"}
    )
    assert row.attempts.get().note == "Busy"


def test_the_rules_are_kept_as_typed(cast: Cast, at: datetime) -> None:
    client, url = signed_in(cast, "manager"), reverse("follow-up-rules")
    assert "The shipped rules hold here" in text(client, url)
    data = {
        "unit": cast.group.pk, "first_ordinary": 5, "first_major": 2, "first_urgent": 1, "second_days": 20, "seed": 7,
        "max_attempts": 4, "caller": "owner", "wave_code": "", "satisfied_from": 3, "script_zh": "您好", "script_en": "Hello",
        "share_A": 100, "share_B": 50, "share_C": 0, "share_D": 0, "share_none": 25,
    }  # fmt: skip
    assert client.post(url, {**data, "caller": "team"}).status_code == 422
    assert client.post(url, data).status_code == 302
    row = FollowUpPolicy.objects.get()
    assert (row.first_days["ordinary"], row.second_share["B"], row.second_share[""]) == (5, 0.5, 0.25)
    assert (row.business_days, row.script["en"]) == (False, "Hello")


def test_the_panels_belong_to_a_complaint_in_sight(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    row = closed(cast, at, run_jobs)
    for name in ("complaint-follow-ups", "complaint-problem"):
        url = reverse(name, args=[row.number])
        text(signed_in(cast, "agent"), url)
        text(signed_in(cast, "outsider"), url, 404)


def test_a_closing_without_follow_up_gets_one(cast: Cast, at: datetime, run_jobs: Drain) -> None:
    row = closed(cast, at, run_jobs)
    FollowUp.objects.all().delete()
    url = reverse("complaint-follow-ups", args=[row.number])
    assert "Plan the follow-up" in text(signed_in(cast, "agent"), url)
    signed_in(cast, "agent").post(url)
    assert row.follow_ups.filter(kind="first").exists()


def test_a_problem_is_opened_from_a_complaint(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at, batch="B-17")
    client = signed_in(cast, "agent")
    url = f"{reverse('problem-new')}?complaint={row.number}"
    assert row.number in text(client, url)
    data = {"unit": cast.east.pk, "title": "Noise", "numbers": row.number, "same": "batch"}
    client.post(reverse("problem-new"), data)
    problem = Problem.objects.get()
    assert (problem.key, problem.leader) == ("batch:b-17", cast.agent)
    answer = client.post(reverse("problem-new"), {**data, "numbers": "EAST-0"})
    assert "There is no complaint “EAST-0” that you may see" in answer.content.decode()


def test_the_page_says_what_is_missing_and_takes_every_step(cast: Cast, at: datetime) -> None:
    problem = opened(cast, at)
    agent, boss = signed_in(cast, "agent"), signed_in(cast, "executive")
    page = reverse("problem", args=[problem.number])
    assert "Name at least two members of the team." in text(agent, page)
    for name in ("Li Lei", "Han Meimei"):
        agent.post(reverse("problem-team", args=[problem.number]), {"name": name, "function": "Quality"})
    boss.post(reverse("problem-step", args=[problem.number, "D1"]), {"action": "sign"})
    content = {
        "what": "Noise",
        "where": "Line 3",
        "when": "May",
        "how_many": "3",
        "action": "write",
        "due_on": "2026-04-01",
    }
    agent.post(reverse("problem-step", args=[problem.number, "D2"]), content)
    causes = reverse("problem-cause", args=[problem.number])
    agent.post(causes, {"text": "No oil", "question": "occurrence", "branch": "method", "parent": ""})
    cause = problem.causes.get()
    agent.post(causes, {"cause": cause.pk, "action": "root", "link": "system", "proof": "Test rig"})
    actions = reverse("problem-action", args=[problem.number])
    agent.post(
        actions, {"kind": "containment", "text": "Sort", "owner": cast.agent.pk, "due_on": "2026-04-01"}
    )
    action = problem.actions.get()
    agent.post(actions, {"row": action.pk, "evidence": "List", "effectiveness": "100"})
    for row in (cause, action):
        row.refresh_from_db()
    assert (cause.is_root, action.evidence) == (True, "List")
    assert problem.steps.get(code="D1").signed_by == cast.executive
    assert problem.steps.get(code="D2").content["where"] == "Line 3"
    shown = text(agent, page)
    assert "<svg xmlns" in shown
    assert "◆ No oil" in shown


def test_what_is_refused_is_said_on_the_page(cast: Cast, at: datetime) -> None:
    problem = opened(cast, at)
    boss = signed_in(cast, "executive")
    answer = boss.post(reverse("problem-step", args=[problem.number, "D3"]), {"action": "sign"}, follow=True)
    assert "Sign D1, D2 before D3." in answer.content.decode()
    answer = boss.post(reverse("problem-settle", args=[problem.number]), {"action": "close"}, follow=True)
    assert "cannot be closed yet" in answer.content.decode()


def test_another_branch_gets_404_everywhere(cast: Cast, at: datetime) -> None:
    problem = opened(cast, at)
    client = signed_in(cast, "outsider")
    for name in ("problem", "problem-edit"):
        text(client, reverse(name, args=[problem.number]), 404)
    for language in ("zh", "en"):
        for kind in ("pdf", "docx"):
            text(client, reverse("problem-report", args=[problem.number, language, kind]), 404)
    for name in ("problem-settle", "problem-link", "problem-team", "problem-cause", "problem-action"):
        assert client.post(reverse(name, args=[problem.number])).status_code == 404
    assert problem.number not in text(client, reverse("problems"))


def test_a_rule_is_made_on_its_page(cast: Cast, at: datetime) -> None:
    client = signed_in(cast, "manager")
    data = {
        "unit": cast.group.pk,
        "name": "Batches",
        "same": "batch",
        "count": 3,
        "days": 30,
        "leader": "",
        "active": "on",
    }
    client.post(reverse("detection-rules"), data)
    assert "Batches" in text(client, reverse("detection-rules"))
    assert client.post(reverse("detection-rules"), {**data, "count": 1}).status_code == 422


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ["8D 报告", "为什么会发生"]), ("en", ["8D report", "Why did it happen?"])]
)
def test_the_report_is_made_in_both_languages_and_formats(
    cast: Cast, at: datetime, language: str, words: list[str]
) -> None:
    import io

    import docx
    import pymupdf

    problem = opened(cast, at)
    worked_out(cast, problem, at)
    client = signed_in(cast, "agent")
    answer = client.get(reverse("problem-report", args=[problem.number, language, "pdf"]))
    assert answer["Content-Type"] == "application/pdf"
    with pymupdf.open(stream=answer.content) as pages:
        written = "".join(page.get_text() for page in pages)
        assert [round(side) for side in pages[0].rect[2:]] == [595, 842]
    answer = client.get(reverse("problem-report", args=[problem.number, language, "docx"]))
    word = docx.Document(io.BytesIO(answer.content))
    paragraphs = "\n".join(p.text for p in word.paragraphs)
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    for expected in [*words, *disciplines.CODES]:
        assert expected in written
        assert expected in paragraphs
    for expected in (problem.number, "Li Lei", "◆ occurrence: no oil", "Photo 12"):
        assert expected in written
        assert expected in cells
    assert len(word.inline_shapes) == 2


def test_the_report_says_who_signed_and_what_is_proved(cast: Cast, at: datetime) -> None:
    from manyi.complaints.services import eight_d

    problem = opened(cast, at)
    worked_out(cast, problem, at)
    eight_d.sign(cast.scope("executive"), problem=problem, code="D1", at=at)
    report = eight_d_report.report_of(problem, queries.causes(problem), language="en", at=at)
    assert [section.signed for section in report.sections[:2]] == ["Signed: Executive, 2026-03-02", ""]
    assert report.evidence.rows[0][1] == "Not signed yet: D2, D3, D4, D5, D6, D7, D8."
    assert report.signatures.rows == (("D1", "Signed", "Executive", "2026-03-02 10:00", ""),)


def test_four_counts_and_the_way_to_mend(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, datetime(2026, 1, 5, tzinfo=UTC))
    Complaint.objects.filter(pk=row.pk).update(next_due_at=at)
    client = signed_in(cast, "agent")
    shown = text(client, f"{reverse('never-miss')}?show=handled")
    assert reverse("complaint", args=[row.number]) in shown
    assert row.number not in text(signed_in(cast, "outsider"), f"{reverse('never-miss')}?show=handled")
    answer = client.post(reverse("set-aside"), {"source": "interaction:9", "reason": "Price"}, follow=True)
    assert "not waiting any more" in answer.content.decode()


def test_a_request_goes_out_and_comes_back(cast: Cast, at: datetime) -> None:
    row = factories.complaint(cast.east, cast.agent, at)
    client = signed_in(cast, "agent")
    data = {
        "unit": cast.east.pk, "to_unit": cast.west.pk, "audience": "design", "title": "Oil it", "text": "Dry",
        "numbers": row.number,
    }  # fmt: skip
    client.post(reverse("improvement-request-new"), data)
    asked = ImprovementRequest.objects.get()
    url = reverse("improvement-request", args=[asked.number])
    assert "Answer the request" not in text(client, url)
    other = signed_in(cast, "outsider")
    assert row.number not in text(other, url)  # the complaint itself is not theirs to see
    assert other.post(url, {"state": "rejected", "text": ""}).status_code == 422
    other.post(url, {"state": "shipped", "version": "2.4"})
    asked.refresh_from_db()
    assert (asked.state, asked.version) == ("shipped", "2.4")
    assert asked.number in text(client, f"{reverse('improvement-requests')}?state=shipped")
