"""People of another branch walk every address there is, and nothing of the first branch is ever shown to them.

Every route of the URL table is asked for, pages and API alike; a new route is walked without being added here.
A parameter nobody has given a value fails the test until `world` says what it stands for.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from django.utils.module_loading import import_string

from manyi.complaints.models import Complaint
from manyi.config.schedule import CLOCK
from manyi.events.models import Event
from manyi.messaging.models import OutgoingMail
from manyi.people import services as people
from manyi.people.models import User
from manyi.scope import Scope
from tests.conftest import Cast
from tests.rights.world import CANARY, FIND, PHONE, World, build

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Of the libraries, and the way out.
LEFT_OUT = ("accounts/", "healthz", "i18n/", "api/v1/docs", "api/v1/openapi.json")
#: What belongs to the whole organisation; everybody with the right sees it.
SHARED = (
    "trees/", "questionnaires/", "settings/categories/", "settings/time-limits/", "settings/letters/",
    "settings/calendars/", "settings/routing/", "faq/", "complain/", "c/", "complaints/analysis/", "account/", "api/v1/never-miss/", "api/v1/calendars/", "api/v1/complaint-categories/", "api/v1/clock-policies/",
    "api/v1/questionnaires/", "api/v1/trees/",
)  # fmt: skip
QUERY = {
    "q": FIND, "search": FIND, "text": FIND, "phone": PHONE, "number": PHONE, "serial": "SN-FIND", "query": FIND,
    "title": FIND, "kind": "phone", "words": FIND,
}  # fmt: skip
LIKE_A_PERSON = {
    **QUERY,
    "action": "start",
    "reason": "x",
    "to": "working",
    "result": "satisfied",
    "score": "5",
}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def routes() -> list[str]:
    """Every address of the URL table, its parameters still in it."""

    def walk(resolver: URLResolver, before: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            here = before + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield here
            else:
                yield from walk(entry, here)

    return list(dict.fromkeys(r for r in walk(get_resolver(), "") if not r.startswith(LEFT_OUT)))


def address(route: str, world: World) -> str:
    """The address with the branch's own things in it."""
    plain = route.removeprefix("^").removesuffix("$").replace("\\.", ".")
    first = PARAMETER.search(plain)
    if first is None:
        return f"/{plain}"
    place = plain[: first.start()]
    values = dict(world.words)
    name = first.group(1) or first.group(2)
    if place in world.places:
        values[name] = world.places[place]
    elif not route.startswith(
        ("s/", "o/", "u/", "e/", "^complaints/", "complaints/analysis/", "complaints/board/")
    ):
        pytest.fail(f"tests/rights/world.py does not say what stands after {place!r} in the route {route!r}")
    if place == "complaints/board/":
        values["number"] = world.complaint.number

    def value(found: re.Match[str]) -> str:
        wanted = found.group(1) or found.group(2)
        if wanted not in values:
            pytest.fail(f"tests/rights/world.py has no value for {wanted!r} of the route {route!r}")
        if place in ("problems/", "complaints/") and wanted == "format":
            return "pdf" if place == "problems/" else "csv"
        chosen = values[wanted] if found.start() == first.start() or wanted != name else world.words[wanted]
        return str(chosen)

    return f"/{PARAMETER.sub(value, plain)}"


def content_of(answer: Any) -> str:
    """All text of an answer; of a workbook or document, that of its parts."""
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return str(data.decode("utf-8", "replace")) + repr(sorted(answer.headers.items()))


def asked(client: Client, path: str, headers: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The address asked for in every way a person, a page's script or a program may."""
    yield "GET", client.get(path, QUERY, headers=headers)
    yield "plain", client.get(path, headers=headers)
    if path.startswith("/api/"):
        for method in ("post", "patch", "put", "delete"):
            send = getattr(client, method)
            yield method, send(path, data="{}", content_type="application/json", headers=headers)
    else:
        yield "htmx", client.get(path, QUERY, headers={"HX-Request": "true"})
        yield "POST", client.post(path, LIKE_A_PERSON)


def user(name: str, role: str, cast: Cast) -> User:
    return people.create_user(
        Scope.system("test"), username=name, email=f"{name}@example.org", name=name, language="en",
        password=None, roles=[(role, cast.west)], at=datetime.fromisoformat("2026-03-01T00:00:00+00:00"),
    )  # fmt: skip


def walk(client: Client, who: User, world: World, at: datetime) -> dict[str, list[str]]:
    """Routes that showed the mark, and private ones that were answered with a page, to somebody."""
    client.force_login(who, backend=BACKEND)
    token = people.create_token(Scope.system("test"), user=who, name="walk", at=at)
    bearer = {"Authorization": f"Bearer {token}"}
    seen: dict[str, list[str]] = {"mark": [], "page": []}
    for route in routes():
        path = address(route, world)
        headers = bearer if path.startswith("/api/") else {}
        private = "<" in route and not route.removeprefix("^").startswith(SHARED) and "export" not in route
        for way, answer in asked(client, path, headers):
            if CANARY in content_of(answer):
                seen["mark"].append(f"{way} {route}")
            if private and way == "GET" and answer.status_code == 200 and "/s/" not in path:
                seen["page"].append(f"{way} {route}")
    return seen


@pytest.fixture
def world(cast: Cast, at: datetime, settings: Any, tmp_path: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build(cast, at)


@pytest.mark.parametrize("role", ["administrator", "satisfaction_manager", "agent"])
def test_another_branch_sees_nothing_on_any_route(
    cast: Cast, at: datetime, client: Client, world: World, role: str
) -> None:
    client.raise_request_exception = False
    stranger = user("stranger", role, cast)
    before = Complaint.objects.get(pk=world.complaint.pk)
    seen = walk(client, stranger, world, at)
    assert not seen["mark"], f"these addresses showed what belongs to another branch: {seen['mark']}"
    assert not seen["page"], f"these addresses showed a page about a thing of another branch: {seen['page']}"
    done = Event.objects.filter(actor_id=stranger.pk, unit_id__in=world.units)
    assert not done, f"these things of another branch were changed: {[event.kind for event in done]}"
    after = Complaint.objects.get(pk=world.complaint.pk)
    assert {f.name: getattr(after, f.name) for f in after._meta.concrete_fields} == {
        f.name: getattr(before, f.name) for f in before._meta.concrete_fields
    }


def test_the_walk_would_see_it(cast: Cast, at: datetime, client: Client, world: World) -> None:
    """The same walk by somebody of the branch finds the mark all over, so that finding none means something."""
    client.raise_request_exception = False
    found = {line.split(" ", 1)[1] for line in walk(client, cast.admin, world, at)["mark"]}
    expected = {
        "complaints/", "complaints/<slug:number>/", "customers/", "customers/<int:pk>/", "problems/", "waves/",
        "work-orders/", "follow-ups/", "promises/<int:pk>/", "complaints/board/", "complaints/receive/lookup/", "approvals/",
        "complaints/analysis/", r"^complaints/export\.(?P<format>csv|xlsx)$", "customers/export.csv",
        "improve/findings/", "improve/actions/", "improvement-requests/", "complaints/mailbox/", "callbacks/",
        "results/", "api/v1/complaints", "api/v1/customers", "api/v1/promises", "api/v1/work-orders",
        "api/v1/proposals", "api/v1/findings", "journey-map/", "service-standards/", "service-standards/<slug:code>/",
        "api/v1/touchpoints", "api/v1/standards", "audits/", "audits/<int:pk>/", "audits/checklists/", "visits/",
        "visits/<uuid:key>/", "staff-surveys/", "staff-results/<slug:code>/", "api/v1/staff-surveys",
        "appraisals/<int:pk>/", "api/v1/audits",
    }  # fmt: skip
    missing = sorted(expected - found)
    assert not missing, f"these addresses do not show the mark to those who may see it: {missing}"
    assert len(found) > 60


def test_nobody_of_another_branch_is_written_to(
    cast: Cast, at: datetime, world: World, run_jobs: Callable[[], int]
) -> None:
    """Everything the clock starts, and everything that reacts, runs once."""
    strangers = [cast.outsider, user("west_admin", "administrator", cast), user("west_agent", "agent", cast)]
    for function, _minutes in CLOCK.values():
        import_string(function)()
    run_jobs()
    wrote_to = set(OutgoingMail.objects.values_list("to", flat=True))
    assert wrote_to.isdisjoint(person.email for person in strangers)
