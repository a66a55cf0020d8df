"""A check that was not met, and a mystery visit, become findings with one click – once the unit may know."""

from __future__ import annotations

from datetime import datetime

from django.test import Client

from manyi.improvement.models import Finding
from manyi.people.models import User
from manyi.standards.models import MysteryVisit
from manyi.standards.services import audits, visits
from tests.conftest import Cast
from tests.standards import places
from tests.standards.test_audits import fill, planned, signed_in
from tests.standards.test_visits import assigned, made


def raise_it(client: Client, kind: str, key: object) -> str:
    data = {"kind": kind, "key": str(key)}
    return client.post("/improve/findings/raise/", data, follow=True).content.decode()


def test_a_missed_check_of_an_audit(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    fill(cast, audit, at, greet=0)
    mark = audit.marks.all()[0]
    client = signed_in(cast.east_manager)
    raise_it(client, "audit", mark.pk)
    assert not Finding.objects.exists()  # not handed in yet
    audits.submit(cast.scope("executive"), audit=audit, at=at)
    assert f'value="{mark.pk}"' in client.get(f"/audits/{audit.pk}/").content.decode()
    raise_it(signed_in(cast.outsider), "audit", mark.pk)
    assert not Finding.objects.exists()
    page = raise_it(client, "audit", mark.pk)
    assert "Check marked with 0 of 100" in page
    finding = Finding.objects.get()
    assert (finding.kind, finding.unit, finding.evidence["standard"]) == ("audit", cast.east, "greet")
    assert client.get(finding.evidence["url"].partition("#")[0]).status_code == 200


def test_a_visit_and_its_checks_once_published(cast: Cast, at: datetime) -> None:
    visitor: User = places.person("visitor", "interviewer", cast.group, at)
    row: MysteryVisit = made(cast, assigned(cast, at, visitor), at)
    mark = row.marks.all()[1]
    for client in (signed_in(cast.manager), signed_in(cast.east_manager)):
        raise_it(client, "visit", row.key)
        raise_it(client, "visit-check", mark.pk)
    assert not Finding.objects.exists()
    visits.publish(cast.scope("manager"), visit=row, at=at)
    page = raise_it(signed_in(cast.east_manager), "visit", row.key)
    assert "60.0 of 100" in page
    raise_it(signed_in(cast.east_manager), "visit-check", mark.pk)
    assert sorted(Finding.objects.values_list("source", flat=True)) == [
        f"visit-check:{mark.pk}", f"visit:{row.key}",
    ]  # fmt: skip
    raise_it(signed_in(cast.east_manager), "visit", "no-key")
    assert Finding.objects.count() == 2
