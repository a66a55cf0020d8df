"""Rounds of the self-assessment: opening, inviting, one's own sheet, closing; what is shown of it and what never."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from manyi.events.models import Event
from manyi.messaging.models import OutgoingMail
from manyi.people.models import User
from manyi.scope import NotAllowed
from manyi.standards import assessment as rules
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries import assessments as queries
from manyi.standards.services import assessments as services
from manyi.web.errors import Refused
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
NAME = {"zh": "春季自测", "en": "Spring round"}
FULL = dict.fromkeys(rules.STATEMENTS, 4)


@pytest.fixture
def now() -> datetime:
    """Pages read the clock, so a round that runs must run today."""
    return datetime.now(UTC)


def opened(cast: Cast, at: datetime, **targets: int) -> SelfAssessment:
    return services.open_assessment(
        cast.scope("manager"), unit=cast.group, name=NAME, closes_on=(at + timedelta(days=14)).date(),
        targets=targets, at=at,
    )  # fmt: skip


def invited(cast: Cast, row: SelfAssessment, at: datetime, **roles: str) -> dict[str, AssessmentRater]:
    for username, role in roles.items():
        people = User.objects.filter(username=username)
        services.invite(cast.scope("manager"), assessment=row, people=people, role=role, at=at)
    return {rater.user.username: rater for rater in row.raters.select_related("user")}


def submitted(cast: Cast, rater: AssessmentRater, at: datetime, value: int = 4, comment: str = "") -> None:
    scope = cast.scope(rater.user.username)
    ratings = dict.fromkeys(rules.STATEMENTS, value)
    services.save_sheet(
        scope, rater=rater, ratings=ratings, comments={"climate": comment} if comment else {}, at=at
    )
    services.submit(scope, rater=rater, at=at)


def ended(cast: Cast, at: datetime, values: dict[str, tuple[str, int]], **targets: int) -> SelfAssessment:
    """A round with a sheet of each person: username → (role, the rating they give everywhere)."""
    row = opened(cast, at, **targets)
    raters = invited(cast, row, at, **{name: role for name, (role, _value) in values.items()})
    for name, (_role, value) in values.items():
        submitted(cast, raters[name], at, value, f"said by {name}")
    services.close(cast.scope("manager"), assessment=row, at=at)
    row.refresh_from_db()
    return row


SIX = {
    "manager": ("manager", 4), "east_manager": ("manager", 5), "executive": ("manager", 3),
    "agent": ("front", 2), "handler": ("front", 3), "outsider": ("front", 4),
}  # fmt: skip


def test_categories_have_the_maxima_of_the_test() -> None:
    assert [category.maximum for category in rules.CATEGORIES] == [35, 25, 20, 35, 20, 35, 30]
    assert rules.MAXIMUM == 200
    texts = [text for s in rules.STATEMENTS.values() for text in (s.zh, s.en)]
    assert len(set(texts)) == 80


def test_result_is_what_plain_loops_compute() -> None:
    draw = random.Random(7)
    sheets = [
        (role, {code: draw.randint(1, 5) for code in rules.STATEMENTS})
        for role in ["manager"] * 3 + ["front"] * 4
    ]
    found = rules.result(sheets, {"reach": 90})
    assert found is not None
    for category in found.categories:
        totals = []
        for _role, sheet in sheets:
            total = 0
            for statement in category.category.statements:
                total += sheet[statement.code]
            totals.append(total)
        mean = sum(totals) / 7
        shares = [100 * total / category.category.maximum for total in totals]
        centre = sum(shares) / 7
        assert category.points == pytest.approx(mean)
        assert category.percent == pytest.approx(centre)
        assert category.spread == pytest.approx((sum((s - centre) ** 2 for s in shares) / 6) ** 0.5)
        assert category.target == (90 if category.category.code == "reach" else 80)
        assert category.gap == pytest.approx(category.target - centre)
        assert category.by_role["front"] == pytest.approx(sum(shares[3:]) / 4)
    assert found.points == pytest.approx(sum(category.points for category in found.categories))
    means = [one.mean for one in found.statements]
    assert means == sorted(means)
    assert len(means) == 40


def test_no_result_and_no_spread_of_too_few() -> None:
    assert rules.result([("front", FULL)] * 2, {}) is None
    three = rules.result([("front", FULL)] * 3, {})
    assert three is not None
    assert three.spread is None
    assert all(one.spread is None for one in (*three.categories, *three.statements))


def test_no_role_below_three_can_be_worked_out() -> None:
    """Whatever the sizes of the roles: those shown have three or more, and so has what is left of the whole."""
    for sizes in itertools.product(range(6), repeat=3):
        roles = [name for name, size in zip("abc", sizes, strict=True) for _ in range(size)]
        if len(roles) < rules.FEWEST_RATERS:
            continue  # then there is no result at all
        shown = rules.shown_roles(roles)
        rest = [role for role in roles if role not in shown]
        assert all(roles.count(role) >= 3 for role in shown)
        assert not rest or len(rest) >= 3
        assert len(set(rest)) != 1 or rest.count(rest[0]) >= 3


def test_a_round_is_opened_with_targets_for_all(cast: Cast, at: datetime) -> None:
    row = opened(cast, at, climate=90)
    assert row.targets["climate"] == 90
    assert row.targets["reach"] == rules.TARGET
    assert Event.objects.filter(kind="self_assessment.changed", subject_id=str(row.pk)).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": {"zh": "  "}}, "name"),
        ({"closes_on": datetime(2026, 3, 1, tzinfo=UTC).date()}, "last day"),
        ({"closes_on": datetime(2028, 3, 1, tzinfo=UTC).date()}, "last day"),
        ({"targets": {"climate": 101}}, "climate"),
        ({"targets": {"weather": 80}}, "weather"),
    ],
)
def test_a_bad_round_is_refused(cast: Cast, at: datetime, change: dict[str, object], said: str) -> None:
    given = {"name": NAME, "closes_on": at.date(), "targets": {}} | change
    with pytest.raises(Refused, match=said):
        services.open_assessment(cast.scope("manager"), unit=cast.group, at=at, **given)  # type: ignore[arg-type]
    assert not SelfAssessment.objects.exists()


def test_only_those_with_the_right_open_and_invite(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.open_assessment(
            cast.scope("agent"), unit=cast.east, name=NAME, closes_on=at.date(), targets={}, at=at
        )
    with pytest.raises(NotAllowed):
        services.open_assessment(
            cast.scope("east_manager"), unit=cast.group, name=NAME, closes_on=at.date(), targets={}, at=at
        )
    row = opened(cast, at)
    with pytest.raises(NotAllowed):
        services.invite(cast.scope("east_manager"), assessment=row, people=[cast.agent], role="front", at=at)


def test_each_person_is_invited_once_by_mail(cast: Cast, at: datetime) -> None:
    row = opened(cast, at)
    invited(cast, row, at, agent="front")
    assert services.invite(
        cast.scope("manager"), assessment=row, people=[cast.agent, cast.handler], role="manager", at=at
    ) == 1  # fmt: skip
    mails = OutgoingMail.objects.filter(reference__startswith="self-assessment:")
    assert sorted(mails.values_list("to", flat=True)) == ["agent@example.org", "handler@example.org"]
    assert f"/self-assessment/{row.pk}/sheet/" in mails[0].text
    assert row.raters.get(user=cast.agent).role == "manager"


def test_people_of_another_branch_are_no_raters(cast: Cast, at: datetime) -> None:
    row = services.open_assessment(
        cast.scope("east_manager"), unit=cast.east, name=NAME, closes_on=at.date(), targets={}, at=at
    )
    with pytest.raises(Refused, match="Outsider"):
        services.invite(
            cast.scope("east_manager"), assessment=row, people=[cast.outsider], role="front", at=at
        )


def test_a_sheet_is_saved_as_it_goes_and_frozen_when_submitted(cast: Cast, at: datetime) -> None:
    row = opened(cast, at)
    rater = invited(cast, row, at, agent="front")["agent"]
    scope = cast.scope("agent")
    services.save_sheet(scope, rater=rater, ratings={"climate-1": 5}, comments={"reach": " ok "}, at=at)
    services.save_sheet(scope, rater=rater, ratings={"climate-2": 1}, comments={}, at=at)
    rater.refresh_from_db()
    assert rater.ratings == {"climate-1": 5, "climate-2": 1}
    assert rater.comments == {"reach": "ok"}
    with pytest.raises(Refused, match="38 statements are not rated yet"):
        services.submit(scope, rater=rater, at=at)
    submitted(cast, rater, at)
    with pytest.raises(Refused, match="submitted"):
        services.save_sheet(scope, rater=rater, ratings={"climate-1": 1}, comments={}, at=at)
    with pytest.raises(Refused, match="submitted"):
        services.uninvite(cast.scope("manager"), rater=rater, at=at)


@pytest.mark.parametrize(
    "ratings", [{"climate-1": 0}, {"climate-1": 6}, {"climate-9": 3}, {"climate-1": True}]
)
def test_a_bad_rating_is_refused(cast: Cast, at: datetime, ratings: dict[str, int]) -> None:
    rater = invited(cast, opened(cast, at), at, agent="front")["agent"]
    with pytest.raises(Refused, match="climate-"):
        services.save_sheet(cast.scope("agent"), rater=rater, ratings=ratings, comments={}, at=at)
    rater.refresh_from_db()
    assert rater.ratings == {}


def test_nobody_fills_the_sheet_of_another(cast: Cast, at: datetime) -> None:
    rater = invited(cast, opened(cast, at), at, agent="front")["agent"]
    with pytest.raises(NotAllowed):
        services.save_sheet(cast.scope("admin"), rater=rater, ratings={"climate-1": 1}, comments={}, at=at)


def test_the_result_shows_only_after_the_end(cast: Cast, at: datetime) -> None:
    row = opened(cast, at)
    for rater in invited(cast, row, at, agent="front", handler="front", manager="manager").values():
        submitted(cast, rater, at)
    assert queries.result(row, at.date()) is None
    assert queries.comments(row, at.date()) == []
    later = (at + timedelta(days=15)).date()
    found = queries.result(row, later)
    assert found is not None
    assert found.raters == 3
    assert dict(found.roles) == {}
    rater = invited(cast, row, at)["agent"]
    with pytest.raises(Refused, match="ended"):
        services.submit(cast.scope("agent"), rater=rater, at=at + timedelta(days=15))


def test_closing_early_withdraws_open_invitations_and_never_reopens(cast: Cast, at: datetime) -> None:
    row = opened(cast, at)
    invited(cast, row, at, agent="front")
    services.close(cast.scope("manager"), assessment=row, at=at)
    assert not OutgoingMail.objects.filter(reference__startswith="self-assessment:").exists()
    with pytest.raises(Refused, match="ended"):
        services.close(cast.scope("manager"), assessment=row, at=at)


def test_history_and_weak_category(cast: Cast, at: datetime) -> None:
    first = ended(cast, at, SIX)
    second = ended(
        cast, at + timedelta(days=100), {name: (role, 4) for name, (role, _v) in SIX.items()}, reach=95
    )
    today = (at + timedelta(days=101)).date()
    past = queries.history(cast.scope("manager"), second, today)
    assert [(one.assessment.pk, one.result.percent) for one in past] == [(first.pk, 70.0), (second.pk, 80.0)]
    weak = queries.weak_category(cast.scope("manager"), f"{second.pk}:reach", today)
    assert weak is not None
    assert (weak.category.percent, weak.category.gap) == (80.0, 15.0)
    assert queries.weak_category(cast.scope("manager"), f"{second.pk}:climate", today) is None
    assert queries.weak_category(cast.scope("manager"), "x", today) is None
    assert queries.weak_category(cast.scope("outsider"), f"{second.pk}:reach", today) is None


def login(client: Client, user: User) -> Client:
    client.force_login(user, backend=BACKEND)
    return client


def test_pages_from_opening_to_the_result(cast: Cast, now: datetime, client: Client) -> None:
    login(client, cast.manager)
    form = {
        "unit": cast.group.pk, "name_zh": "夏季自测", "name_en": "Summer round",
        "closes_on": (now + timedelta(days=9)).date().isoformat(),
    } | {f"target_{code}": "85" for code in rules.BY_CODE}  # fmt: skip
    answer = client.post("/self-assessment/new/", form)
    row = SelfAssessment.objects.get()
    assert answer.headers["Location"] == f"/self-assessment/{row.pk}/"
    people = [cast.manager, cast.agent, cast.handler, cast.executive]
    client.post(
        f"/self-assessment/{row.pk}/act/",
        {"action": "invite", "people": [user.pk for user in people], "role": "front"},
    )
    page = client.get(f"/self-assessment/{row.pk}/").content.decode()
    assert "Agent" in page
    assert "Take back" in page
    for user in people:
        login(client, user)
        sheet = f"/self-assessment/{row.pk}/sheet/"
        saved = client.post(sheet, {"r-climate-1": "3"}, headers={"HX-Request": "true"}).content.decode()
        assert "1 of 40 rated" in saved
        assert "Submit" not in saved
        early = client.post(sheet, {"action": "submit"})
        assert early.status_code == 422
        full = {f"r-{code}": "3" for code in rules.STATEMENTS} | {"c-reach": f"from {user.username}"}
        assert "Submit" in client.post(sheet, full, headers={"HX-Request": "true"}).content.decode()
        assert client.post(sheet, full | {"action": "submit"}).status_code == 302
        assert "You submitted this sheet" in client.get(sheet).content.decode()
    login(client, cast.manager)
    client.post(f"/self-assessment/{row.pk}/act/", {"action": "close"})
    page = client.get(f"/self-assessment/{row.pk}/").content.decode()
    assert "60.0%" in page
    assert "−25.0" in page
    assert "from agent" in page
    assert "Make it a finding" in page
    assert "60.0%" in client.get("/self-assessment/").content.decode()


def test_report_and_pictures_are_files(cast: Cast, at: datetime, client: Client) -> None:
    ended(cast, at, SIX)
    row = ended(cast, at + timedelta(days=3), SIX)
    login(client, cast.manager)
    for language in ("zh", "en"):
        made = client.get(f"/self-assessment/{row.pk}/report-{language}.pdf")
        assert made.content.startswith(b"%PDF")
    for name in ("radar", "history"):
        assert client.get(f"/self-assessment/{row.pk}/{name}.png").content.startswith(b"\x89PNG")
        assert client.get(f"/self-assessment/{row.pk}/{name}.csv").status_code == 200


def test_a_page_of_another_unit_is_not_found(cast: Cast, now: datetime, client: Client) -> None:
    row = opened(cast, now)
    login(client, cast.agent)
    assert client.get(f"/self-assessment/{row.pk}/").status_code == 404
    assert client.get(f"/self-assessment/{row.pk}/sheet/").status_code == 404
    assert client.get("/self-assessment/new/").status_code == 403
    invited(cast, row, now, agent="front")
    assert client.get(f"/self-assessment/{row.pk}/sheet/").status_code == 200
    assert "Rate now" in client.get("/self-assessment/").content.decode()
    assert client.get(f"/self-assessment/{row.pk}/").status_code == 404


def test_a_sheet_waits_on_the_page_of_today(cast: Cast, now: datetime, client: Client) -> None:
    rater = invited(cast, opened(cast, now), now, agent="front")["agent"]
    address = f"/self-assessment/{rater.assessment_id}/sheet/"
    assert address in login(client, cast.agent).get("/").content.decode()
    submitted(cast, rater, now)
    assert address not in client.get("/").content.decode()
    assert address not in login(client, cast.handler).get("/").content.decode()
