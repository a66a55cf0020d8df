"""Appraisal sheets: figures frozen, seen by the person and their managers only, answered once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from manyi.people.models import User
from manyi.scope import NotAllowed
from manyi.standards import persons
from manyi.standards.models import AppraisalSheet
from manyi.standards.queries import appraisals as queries
from manyi.standards.services import appraisals, audits
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.standards.test_audits import fill, planned, signed_in


def made(cast: Cast, at: datetime, who: str = "east_manager", person: Any = None) -> AppraisalSheet:
    """About the agent of the east branch, who greeted one customer of two."""
    audit = planned(cast, at)
    fill(cast, audit, at, greet=0)
    audits.submit(cast.scope("executive"), audit=audit, at=at)
    return appraisals.make(
        cast.scope(who), person=person or cast.agent, unit=cast.east, since=at.date() - timedelta(days=30),
        until=at.date(), at=at,
    )  # fmt: skip


def shared(cast: Cast, at: datetime) -> AppraisalSheet:
    row = made(cast, at)
    appraisals.comment(cast.scope("east_manager"), sheet=row, text="Greet at once, please.")
    appraisals.share(cast.scope("east_manager"), sheet=row, at=at)
    row.refresh_from_db()
    return row


def test_figures_are_those_of_the_units_standards_and_stay(cast: Cast, at: datetime) -> None:
    row = made(cast, at)
    (figure,) = [f for f in row.figures if f.get("code") == "greet"]
    assert (figure["value"], figure["n"], figure["target"], figure["status"]) == (0, 1, 90, "missed")
    audit = planned(cast, at)
    fill(cast, audit, at)
    audits.submit(cast.scope("executive"), audit=audit, at=at)
    row.refresh_from_db()
    assert [f for f in row.figures if f.get("code") == "greet"] == [figure]


def test_a_persons_own_figures_come_from_the_app_that_knows_them(
    cast: Cast, at: datetime, monkeypatch: Any
) -> None:
    def own(scope: Any, person: User, since: Any, until: Any) -> list[persons.OwnFigure]:
        assert person == cast.agent
        return [persons.OwnFigure(name={"zh": "按时", "en": "In time"}, value=80.0, n=5),
                persons.OwnFigure(name={"zh": "无", "en": "Nothing"}, value=None)]  # fmt: skip

    monkeypatch.setattr(persons, "_readers", [own])
    assert [f["name"]["en"] for f in made(cast, at).figures if f["own"]] == ["In time"]


def test_only_the_person_and_their_managers_see_it_and_the_person_no_draft(cast: Cast, at: datetime) -> None:
    row = made(cast, at)

    def see() -> set[str]:
        names = ("admin", "manager", "east_manager", "agent", "handler", "executive", "outsider")
        return {name for name in names if queries.sheets(cast.scope(name)).exists()}

    assert see() == {"admin", "manager", "east_manager"}
    assert signed_in(cast.agent).get(f"/appraisals/{row.pk}/").status_code == 404
    appraisals.comment(cast.scope("manager"), sheet=row, text="x")
    appraisals.share(cast.scope("manager"), sheet=row, at=at)
    assert see() == {"admin", "manager", "east_manager", "agent"}
    for user, status in ((cast.agent, 200), (cast.handler, 404), (cast.executive, 404), (cast.outsider, 404)):
        assert signed_in(user).get(f"/appraisals/{row.pk}/").status_code == status
        assert signed_in(user).get(f"/appraisals/{row.pk}/sheet.pdf").status_code == status


def test_nobody_writes_about_oneself_or_about_people_of_other_units(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        made(cast, at, person=cast.east_manager)
    with pytest.raises(NotAllowed):
        made(cast, at, who="outsider")
    with pytest.raises(NotAllowed):
        made(cast, at, who="agent", person=cast.handler)
    with pytest.raises(Refused, match="Executive"):
        made(cast, at, person=cast.executive)
    sheet = made(cast, at, who="manager", person=cast.east_manager)
    assert not queries.sheets(cast.scope("east_manager")).exists()
    with pytest.raises(NotAllowed):
        appraisals.comment(cast.scope("east_manager"), sheet=sheet, text="I am great")


@pytest.mark.parametrize("days", [(10, 20), (0, -1), (-900, 0)])
def test_a_period_that_cannot_be_is_refused(cast: Cast, at: datetime, days: tuple[int, int]) -> None:
    first, last = (at.date() + timedelta(days=d) for d in days)
    with pytest.raises(Refused, match="period"):
        appraisals.make(
            cast.scope("east_manager"), person=cast.agent, unit=cast.east, since=first, until=last, at=at
        )


def test_the_comment_stays_once_shared_and_a_reply_is_given_once(cast: Cast, at: datetime) -> None:
    row, agent = shared(cast, at), cast.scope("agent")
    with pytest.raises(Refused, match="stays"):
        appraisals.comment(cast.scope("east_manager"), sheet=row, text="Other")
    with pytest.raises(NotAllowed):
        appraisals.reply(cast.scope("east_manager"), sheet=row, text="On behalf", at=at)
    with pytest.raises(Refused, match="first"):
        appraisals.reply(agent, sheet=row, text=" ", at=at)
    appraisals.reply(agent, sheet=row, text="The counter was alone.", at=at)
    with pytest.raises(Refused, match="already"):
        appraisals.reply(agent, sheet=row, text="And more", at=at)
    appraisals.acknowledge(agent, sheet=row, at=at + timedelta(days=1))
    row.refresh_from_db()
    assert (row.reply, row.replied_at, row.state) == ("The counter was alone.", at, "acknowledged")
    with pytest.raises(Refused):
        appraisals.acknowledge(agent, sheet=row, at=at)


def test_sharing_needs_a_comment_and_a_second_sheet_for_the_period_is_refused(
    cast: Cast, at: datetime
) -> None:
    row = made(cast, at)
    with pytest.raises(Refused, match="comment"):
        appraisals.share(cast.scope("east_manager"), sheet=row, at=at)
    with pytest.raises(Refused, match="There is a sheet"):
        made(cast, at)


def test_the_pages_from_new_to_acknowledged_and_the_pdf(cast: Cast, at: datetime) -> None:
    made(cast, at, person=cast.handler)
    manager, agent = signed_in(cast.east_manager), signed_in(cast.agent)
    form = {"person": cast.agent.pk, "unit": cast.east.pk, "since": "2026-01-01", "until": "2026-03-02"}
    page = manager.post("/appraisals/new/", form, follow=True).content.decode()
    assert "Greeted at once" in page
    row = AppraisalSheet.objects.get(person=cast.agent)
    act = f"/appraisals/{row.pk}/act/"
    assert agent.post(act, {"action": "acknowledge"}).status_code == 404
    manager.post(act, {"action": "share", "text": "Well done"})
    assert "Well done" in agent.get(f"/appraisals/{row.pk}/").content.decode()
    agent.post(act, {"action": "reply", "text": "Thank you"})
    page = agent.post(act, {"action": "acknowledge"}, follow=True).content.decode()
    assert "Thank you" in page
    assert "Acknowledged on" in page
    assert "About you" in agent.get("/appraisals/").content.decode()
    pdf = manager.get(f"/appraisals/{row.pk}/sheet.pdf")
    import pymupdf

    text = "".join(p.get_text() for p in pymupdf.open(stream=pdf.content))
    assert "Thank you" in text
    assert "Greeted at once" in text
    assert manager.post("/appraisals/new/", {**form, "person": cast.outsider.pk}).status_code == 422
