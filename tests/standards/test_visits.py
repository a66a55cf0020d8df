"""Mystery visits: nobody of the unit learns of one before it is published; then score, appeal, decision, league."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from manyi.events.models import Event
from manyi.messaging.models import OutgoingMail
from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import NotAllowed, Scope
from manyi.standards import sources
from manyi.standards.models import Checklist, MysteryVisit, ServiceStandard, VisitPhoto
from manyi.standards.queries import visits as queries
from manyi.standards.services import checklists, marking, visits
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.standards import places
from tests.standards.test_audits import signed_in

LATER = timedelta(days=3)
#: These hold a random key or when a token was last used, and differ at every call.
VARYING = {"/account/", "/complain/", "/complaints/receive/"}
#: It counts exports, of which the walk makes some: looked at by itself.
COUNTS = "/reports/evidence/"
PEOPLE_OF_EAST = ("east_manager", "handler")


@pytest.fixture
def visitor(cast: Cast, at: datetime) -> User:
    return places.person("visitor", "interviewer", cast.group, at)


def assigned(cast: Cast, at: datetime, visitor: User, unit: Any = None, **more: Any) -> MysteryVisit:
    row = Checklist.objects.filter(kind="visit").first() or places.checklist(cast, at, "visit")
    return visits.assign(
        cast.scope("manager"), checklist=row, unit=unit or cast.east, visitor=visitor,
        starts_on=at.date(), ends_on=at.date() + timedelta(days=10), at=at, **more,
    )  # fmt: skip


def made(
    cast: Cast, row: MysteryVisit, at: datetime, values: tuple[float | None, ...] = (100, 0, 70)
) -> MysteryVisit:
    scope = cast.scope("visitor")
    for mark, value in zip(row.marks.all(), values, strict=True):
        visits.mark(scope, visit=row, mark=mark, value=value, not_applicable=value is None, at=at)
    return visits.submit(scope, visit=row, visited_at=at, at=at)


def published(cast: Cast, row: MysteryVisit, at: datetime, **more: Any) -> MysteryVisit:
    made(cast, row, at, **more)
    return visits.publish(cast.scope("manager"), visit=row, at=at)


def pages() -> Iterator[str]:
    """Every address without a parameter, pages and API."""
    for pattern in _leaves(get_resolver()):
        if "<" not in pattern and "(?P" not in pattern and not pattern.startswith(("accounts/", "i18n/")):
            yield "/" + pattern.removeprefix("^").removesuffix("$").replace("\\", "")


def _leaves(resolver: Any, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _leaves(entry, here)
        else:
            yield here


def token_of(name: str, at: datetime) -> str:
    """Bearer token for the API."""
    return people.create_token(Scope.system("test"), user=User.objects.get(username=name), name="t", at=at)


def everything(name: str, token: str) -> dict[str, str]:
    """What every address answers to somebody, with what differs from call to call taken out."""
    user = User.objects.get(username=name)
    client = signed_in(user)
    client.raise_request_exception = False
    bearer = {"Authorization": f"Bearer {token}"}
    found = {}
    for page in sorted(set(pages())):
        answer = client.get(page, headers=bearer if page.startswith("/api/") else {})
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = data.decode("utf-8", "replace")
        found[page] = f"{answer.status_code} {answer.get('Location', '')} {_steady(text)}"
    return found


def _steady(text: str) -> str:
    """Without tokens, and without the time of day at which a page was made."""
    text = re.sub(r"\b\d{1,2}:\d{2}(:\d{2})?( [ap]\.m\.)?", "", text)
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", text)
    return "" if text.startswith("PK") or text.startswith("%PDF") else text


def _first_difference(one: str, other: str) -> tuple[str, str]:
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[place - 60 : place + 60], other[place - 60 : place + 60]


def test_nobody_of_the_unit_sees_any_page_change_while_a_visit_is_planned_made_and_handed_in(
    cast: Cast, at: datetime, visitor: User, settings: Any, tmp_path: Any, run_jobs: Callable[[], int]
) -> None:
    settings.MEDIA_ROOT = tmp_path
    places.checklist(cast, at, "visit")
    tokens = {name: token_of(name, at) for name in PEOPLE_OF_EAST}
    before = {name: everything(name, tokens[name]) for name in PEOPLE_OF_EAST}
    mails = OutgoingMail.objects.count()
    run_jobs()  # what the walk itself set going
    counted = _steady(signed_in(cast.east_manager).get(COUNTS).content.decode())
    row = assigned(cast, at, visitor)
    marking.add_photo(cast.scope("visitor"), row=row, mark=row.marks.all()[0], upload=places.photo(), at=at)
    made(cast, row, at)
    run_jobs()
    assert _steady(signed_in(cast.east_manager).get(COUNTS).content.decode()) == counted
    for name in PEOPLE_OF_EAST:
        after = everything(name, tokens[name])
        changed = [
            page
            for page in before[name]
            if before[name][page] != after[page] and page not in {*VARYING, COUNTS}
        ]
        different = {page: _first_difference(before[name][page], after[page]) for page in changed}
        assert not changed, f"{name} could tell from {different}"
        assert not any(str(row.key) in text or "Counter list" in text for text in after.values())
    to_visitor = OutgoingMail.objects.order_by("pk")[mails:]
    assert [mail.to for mail in to_visitor] == ["visitor@example.org"]
    assert not any("East" in mail.subject + mail.text or "东区" in mail.text for mail in to_visitor)
    assert not Event.objects.filter(subject_type="visit").exclude(unit_id=None).exists()
    assert "East" not in str(
        list(Event.objects.filter(subject_type="visit").values_list("payload", flat=True))
    )


def test_the_walk_of_the_unit_would_see_it(cast: Cast, at: datetime, visitor: User) -> None:
    places.checklist(cast, at, "visit")
    token = token_of("handler", at)
    before = everything("handler", token)
    published(cast, assigned(cast, at, visitor), at)
    after = everything("handler", token)
    assert {p for p in before if before[p] != after[p]} >= {"/visits/", "/visits/league/"}


@pytest.mark.parametrize("name", [*PEOPLE_OF_EAST, "outsider", "executive"])
def test_its_own_addresses_do_not_exist_for_others_before_it_is_published(
    cast: Cast, at: datetime, visitor: User, name: str, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row = assigned(cast, at, visitor)
    mark = row.marks.all()[0]
    photo = marking.add_photo(cast.scope("visitor"), row=row, mark=mark, upload=places.photo(), at=at)
    client = signed_in(User.objects.get(username=name))
    for url, arguments in (
        ("visit", []), ("visit-sheet", []), ("visit-photo", [photo.pk]),
    ):  # fmt: skip
        assert client.get(reverse(url, args=[row.key, *arguments])).status_code == 404
    for url, arguments in (
        ("visit-answer", [mark.pk]), ("visit-photos", [mark.pk]), ("visit-submit", []), ("visit-act", []),
    ):  # fmt: skip
        assert client.post(reverse(url, args=[row.key, *arguments]), {"action": "publish"}).status_code == 404
    assert not queries.visible(cast.scope(name)).exists()
    assert client.get(f"/visits/scenarios/{row.checklist_id}/").status_code in (403, 404)


def test_a_planner_who_is_one_of_the_units_people_does_not_see_it_either(
    cast: Cast, at: datetime, visitor: User
) -> None:
    both = people.create_user(
        Scope.system("test"), username="both", email="both@example.org", name="Both", language="en", password=None,
        roles=[("satisfaction_manager", cast.group), ("handler", cast.east)], at=at,
    )  # fmt: skip
    row = assigned(cast, at, visitor)
    other = assigned(cast, at, visitor, cast.west)
    scope = cast.scope("both")
    assert list(queries.visible(scope)) == [other]
    assert list(queries.plannable(scope).values_list("code", flat=True)) == ["group", "west"]
    with pytest.raises(NotAllowed):
        visits.publish(scope, visit=row, at=at)
    with pytest.raises(NotAllowed):
        visits.assign(
            scope, checklist=row.checklist, unit=cast.east, visitor=both, starts_on=at.date(), ends_on=at.date(), at=at
        )  # fmt: skip


def test_a_units_own_manager_does_not_plan_its_visits(cast: Cast, at: datetime, visitor: User) -> None:
    assert not queries.plannable(cast.scope("east_manager")).exists()
    row = assigned(cast, at, visitor)
    with pytest.raises(NotAllowed):
        visits.cancel(cast.scope("east_manager"), visit=row, at=at)


def test_people_of_the_unit_cannot_be_its_visitors(cast: Cast, at: datetime, visitor: User) -> None:
    near = places.person("near", "interviewer", cast.east, at)
    with pytest.raises(Refused, match="Near"):
        assigned(cast, at, near)
    with pytest.raises(Refused, match="Agent"):
        assigned(cast, at, cast.agent, cast.west)  # an agent may not rate
    assert assigned(cast, at, near, cast.west).visitor == near


def test_figures_of_standards_know_published_visits_only(cast: Cast, at: datetime, visitor: User) -> None:
    row = assigned(cast, at, visitor)
    made(cast, row, at)
    standard = ServiceStandard.objects.get(code="wait")
    day = at.date()

    def read(name: str) -> sources.Reading:
        return sources.reading(cast.scope(name), standard, cast.east, day, day + LATER, day + LATER)

    assert read("manager").n == read("east_manager").n == 0
    visits.publish(cast.scope("manager"), visit=row, at=at)
    assert (read("manager").value, read("manager").n) == (0.0, 1)
    assert read("east_manager").n == 1
    assert read("outsider").n == 0


def test_the_visitor_fills_in_on_the_page_and_the_unit_sees_the_published_result_without_a_name(
    cast: Cast, at: datetime, visitor: User, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    scenario = places.checklist(cast, at, "visit")
    manager, client = signed_in(cast.manager), signed_in(visitor)
    from django.utils import timezone

    today = timezone.localdate()
    form = {
        "checklist": scenario.pk, "unit": cast.east.pk, "visitor": visitor.pk, "starts_on": today, "ends_on": today,
        "appeal_days": 7,
    }  # fmt: skip
    page = manager.post("/visits/new/", form, follow=True).content.decode()
    assert "The unit does not know of this visit" in page
    row = MysteryVisit.objects.get()
    assert manager.post("/visits/new/", {**form, "visitor": cast.east_manager.pk}).status_code == 422
    assert "East" in client.get("/visits/").content.decode()
    url = f"/visits/{row.key}/sheet/"
    assert client.get(url).status_code == 200
    first, second, third = row.marks.all()
    client.post(f"{url}{first.pk}/", {"answer": "yes"}, headers={"HX-Request": "true"})
    client.post(f"{url}{second.pk}/", {"answer": "no", "note": "25 minutes"})
    client.post(f"{url}{third.pk}/", {"points": "70"})
    assert client.post(f"{url}{second.pk}/photos/", {"photo": places.photo("PNG")}).status_code == 302
    when = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    late = client.post(f"/visits/{row.key}/submit/", {"visited_at": "2001-01-01T10:00"}, follow=True)
    assert "The visit was to be made" in late.content.decode()
    client.post(f"/visits/{row.key}/submit/", {"visited_at": when}, follow=True)
    row.refresh_from_db()
    assert (row.state, row.score) == ("submitted", 60)
    assert signed_in(cast.agent).get(f"/visits/{row.key}/").status_code == 404
    page = manager.post(f"/visits/{row.key}/act/", {"action": "publish"}, follow=True).content.decode()
    assert "Visitor" in page
    seen = signed_in(cast.agent).get(f"/visits/{row.key}/").content.decode()
    assert "60.0" in seen
    assert "25 minutes" in seen
    assert visitor.get_full_name() not in seen
    photo = VisitPhoto.objects.get()
    assert signed_in(cast.agent).get(f"/visits/{row.key}/photos/{photo.pk}/").status_code == 200
    assert signed_in(cast.outsider).get(f"/visits/{row.key}/photos/{photo.pk}/").status_code == 404
    other = assigned(cast, at, visitor, cast.west)
    assert client.get(f"/visits/{other.key}/photos/{photo.pk}/").status_code == 404
    assert OutgoingMail.objects.filter(to="east_manager@example.org").count() == 1
    assert client.get("/visits/league/").status_code == 200
    assert manager.get("/visits/league/league.csv").status_code == 200
    assert manager.get("/visits/league/trend.png")["Content-Type"] == "image/png"


def test_an_appeal_is_decided_by_another_with_reasons_and_both_scores_stay(
    cast: Cast, at: datetime, visitor: User
) -> None:
    row = published(cast, assigned(cast, at, visitor), at)
    wait, tidy = list(row.marks.all())[1:]
    client = signed_in(cast.handler)
    MysteryVisit.objects.update(published_at=datetime.now(at.tzinfo))
    assert "Was something marked wrongly?" in client.get(f"/visits/{row.key}/").content.decode()
    client.post(
        f"/visits/{row.key}/act/",
        {
            "action": "appeal",
            f"objection-{wait.pk}": "Nine minutes by our camera",
            f"objection-{tidy.pk}": "It rained",
        },
    )
    row.refresh_from_db()
    assert (row.state, row.appealed_by) == ("appealed", cast.handler)
    manager = signed_in(cast.manager)
    rule = {
        "action": "rule", "reason": "Seen on the camera", f"verdict-{wait.pk}": "yes", f"why-{wait.pk}": "Camera",
        f"verdict-{tidy.pk}": "uphold", f"why-{tidy.pk}": "",
    }  # fmt: skip
    page = manager.post(f"/visits/{row.key}/act/", rule, follow=True).content.decode()
    assert "Give a reason" in page
    rule[f"why-{tidy.pk}"] = "Rain is no reason"
    page = manager.post(f"/visits/{row.key}/act/", rule, follow=True).content.decode()
    row.refresh_from_db()
    wait.refresh_from_db()
    assert (row.state, row.score, row.ruled_score) == ("decided", 60, 85)
    assert (wait.value, wait.ruled_value, wait.changed) == (0, 100, True)
    assert "60.0" in page
    assert "85.0" in page
    assert queries.final_score(row).value == 85
    assert list(Event.objects.filter(subject_type="visit", unit_id=cast.east.pk).values_list("payload__change", flat=True)) == [
        "published", "appealed", "decided",
    ]  # fmt: skip


def test_who_may_appeal_when_and_how_often(cast: Cast, at: datetime, visitor: User) -> None:
    row = assigned(cast, at, visitor, appeal_days=2)
    mark = row.marks.all()[0]
    contest = {mark.pk: "No"}
    with pytest.raises(Refused):
        visits.appeal(cast.scope("handler"), visit=row, reason="", objections=contest, at=at)
    published(cast, row, at)
    for name in ("outsider", "manager", "executive", "visitor"):
        with pytest.raises(NotAllowed):
            visits.appeal(cast.scope(name), visit=row, reason="", objections=contest, at=at)
    with pytest.raises(Refused, match="ended"):
        visits.appeal(cast.scope("handler"), visit=row, reason="", objections=contest, at=at + LATER)
    with pytest.raises(Refused, match="at least one"):
        visits.appeal(cast.scope("handler"), visit=row, reason="all wrong", objections={mark.pk: " "}, at=at)
    visits.appeal(cast.scope("handler"), visit=row, reason="", objections=contest, at=at)
    with pytest.raises(Refused, match="already"):
        visits.appeal(cast.scope("agent"), visit=row, reason="", objections=contest, at=at)
    with pytest.raises(NotAllowed):
        visits.rule(
            cast.scope("east_manager"), visit=row, reason="x", rulings={mark.pk: (False, None, "x")}, at=at
        )


def test_a_visit_outside_its_window_or_in_the_future_is_not_handed_in(
    cast: Cast, at: datetime, visitor: User
) -> None:
    row, scope = assigned(cast, at, visitor), cast.scope("visitor")
    for mark in row.marks.all():
        visits.mark(scope, visit=row, mark=mark, value=100, at=at)
    for when in (at - timedelta(days=1), at + timedelta(days=20), at + timedelta(hours=1)):
        with pytest.raises(Refused):
            visits.submit(scope, visit=row, visited_at=when, at=at)
    with pytest.raises(Refused):
        visits.publish(cast.scope("manager"), visit=row, at=at)


def test_the_league_says_too_few_until_ten_visits_on_each_side(
    cast: Cast, at: datetime, visitor: User
) -> None:
    for _ in range(3):
        published(cast, assigned(cast, at, visitor), at)
        published(cast, assigned(cast, at, visitor, cast.west), at, values=(100, 100, 100))
    places_ = queries.league(queries.known(cast.scope("manager")))
    assert [(p.unit, p.score.rounds, p.verdict) for p in places_] == [
        (cast.west, 3, "too few"), (cast.east, 3, "too few"),
    ]  # fmt: skip
    assert places_[0].score.value == 100
    assert (places_[0].score.low or 0) < 80
    for n in range(8):
        published(cast, assigned(cast, at, visitor), at, values=(100, 0, 60 + n))
        published(cast, assigned(cast, at, visitor, cast.west), at, values=(100, 100, 90 + n))
    verdicts = {p.unit.code: p.verdict for p in queries.league(queries.known(cast.scope("manager")))}
    assert verdicts == {"west": "above", "east": "below"}
    assert [p.unit for p in queries.league(queries.known(cast.scope("agent")))] == [cast.east]
    ((quarter, mean),) = queries.trend(queries.known(cast.scope("manager")))
    assert (quarter, mean.rounds) == ("2026 Q1", 22)


def test_a_scenario_in_use_can_change_without_touching_the_visit(
    cast: Cast, at: datetime, visitor: User
) -> None:
    row = assigned(cast, at, visitor)
    checklists.remove_check(cast.scope("manager"), check=row.checklist.checks.all()[0], at=at)
    assert row.marks.count() == 3


def test_only_scenarios_are_visited(cast: Cast, at: datetime, visitor: User, client: Client) -> None:
    audit_list = places.checklist(cast, at)
    with pytest.raises(Refused, match="not a scenario"):
        visits.assign(
            cast.scope("manager"), checklist=audit_list, unit=cast.east, visitor=visitor, starts_on=at.date(),
            ends_on=at.date(), at=at,
        )  # fmt: skip
