"""Problems notice what happens: complaints that are the same, bad follow-ups, broken promises."""

from __future__ import annotations

from manyi.complaints.models import Complaint, Problem
from manyi.complaints.services import problems
from manyi.events.catalogue import ComplaintChanged, ComplaintReceived, FollowUpEnded, PromiseChanged
from manyi.events.models import Event
from manyi.events.services import react
from manyi.scope import Scope

TELLING = {"product", "batch", "serial", "category", "customer"}


@react(ComplaintReceived)
def detect_problem_of_received(event: Event) -> None:
    complaint = Complaint.objects.select_related("unit").get(pk=event.subject_id)
    problems.detect(Scope.system("complaint received"), complaint=complaint, at=event.at)


@react(ComplaintChanged)
def detect_problem_of_edited(event: Event) -> None:
    """The batch or the category often becomes known only later."""
    if event.payload["change"] == "edited" and TELLING & set(event.payload["detail"].split(",")):
        complaint = Complaint.objects.select_related("unit").get(pk=event.subject_id)
        problems.detect(Scope.system("complaint corrected"), complaint=complaint, at=event.at)


@react(FollowUpEnded)
def recheck_problem_after_follow_up(event: Event) -> None:
    row = Problem.objects.filter(cases__complaint=int(event.subject_id), state=Problem.State.CLOSED).first()
    if row is not None and event.payload["score"] is not None:
        problems.recheck(Scope.system("follow-up ended"), problem=row, at=event.at)


@react(PromiseChanged)
def recheck_problem_after_promise(event: Event) -> None:
    kind, _colon, pk = event.payload["about"].partition(":")
    if event.payload["change"] != "broken" or not pk.isdigit():
        return
    closed = Problem.objects.filter(state=Problem.State.CLOSED)
    row = {
        "complaint": closed.filter(cases__complaint=int(pk)),
        "problem": closed.filter(pk=int(pk)),
    }.get(kind, closed.none()).first()
    if row is not None:
        problems.recheck(Scope.system("promise broken"), problem=row, at=event.at)
