"""Mails that came in, for the units for which the reader may dispatch complaints."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from manyi.complaints.models import Complaint
from manyi.complaints.queries.cases import visible
from manyi.messaging.models import IncomingMail
from manyi.messaging.services_incoming import WAITING
from manyi.scope import Scope

#: A mail that is still new after this long could not be taken up by itself.
STUCK = timedelta(minutes=15)


def incoming(scope: Scope) -> QuerySet[IncomingMail]:
    """All of them, newest first."""
    rows = IncomingMail.objects.select_related("unit", "handled_by").order_by("-received_at", "-pk")
    return scope.limit(rows, "complaints.dispatch")  # type: ignore[no-any-return]


def waiting(scope: Scope, *, at: datetime) -> QuerySet[IncomingMail]:
    """Those a person must decide on: unreadable, doubtful, loops, and new ones that got stuck."""
    stuck = Q(state=IncomingMail.State.NEW, received_at__lt=at - STUCK)
    return incoming(scope).filter(Q(state__in=WAITING) | stuck)


def complaint_of(scope: Scope, mail: IncomingMail) -> Complaint | None:
    """The complaint a mail led to or names, where the reader may see it."""
    kind, _colon, pk = mail.outcome.partition(":")
    return visible(scope).filter(pk=pk).first() if kind == "complaint" and pk.isdigit() else None
