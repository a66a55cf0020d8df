"""Complaints as what promises are about."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from manyi.complaints.models import Complaint
from manyi.complaints.services.cases import receive
from manyi.customers import services_promises as promises
from manyi.customers import subjects
from manyi.messaging.models import OutgoingMail
from tests.conftest import Cast


@pytest.fixture
def case(cast: Cast, at: datetime) -> Complaint:
    return receive(
        cast.scope("agent"), unit=cast.east, channel="phone", title="Noise", description="Loud", language="en",
        complainant="Li", email="li@example.org", first_contact_owner=cast.agent, at=at,
    )  # fmt: skip


def test_the_complainant_is_told_when_a_promise_about_the_case_is_kept(
    cast: Cast, at: datetime, case: Complaint
) -> None:
    scope = cast.scope("agent")
    row = promises.make_promise(
        scope, subject=f"complaint:{case.pk}", text="Send a mechanic", due_at=at + timedelta(days=1), at=at
    )
    assert (row.unit, row.customer) == (cast.east, None)
    OutgoingMail.objects.all().delete()
    promises.keep_promise(scope, promise=row, evidence=promises.Evidence("done"), at=at + timedelta(hours=1))
    mail = OutgoingMail.objects.get()
    assert (mail.to, "Dear Li" in mail.text) == ("li@example.org", True)


def test_a_case_of_another_branch_is_no_subject(cast: Cast, case: Complaint) -> None:
    with pytest.raises(subjects.UnknownSubject):
        subjects.find(cast.scope("outsider"), f"complaint:{case.pk}")


def test_the_unit_that_works_on_it_promises_in_its_own_name(cast: Cast, case: Complaint) -> None:
    Complaint.objects.filter(pk=case.pk).update(handler_unit=cast.west)
    case.assignments.filter(role="handler").update(unit=cast.west)
    assert subjects.find(cast.scope("outsider"), f"complaint:{case.pk}").unit == cast.west
    assert subjects.find(cast.scope("agent"), f"complaint:{case.pk}").unit == cast.east
