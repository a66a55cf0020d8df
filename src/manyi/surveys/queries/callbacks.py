"""Customers who asked to be called."""

from __future__ import annotations

from django.db.models import F, QuerySet

from manyi.scope import Scope
from manyi.surveys.models import CallbackWish


def callback_wishes(scope: Scope) -> QuerySet[CallbackWish]:
    """Wishes of the reader's units: open ones first, the oldest of them at the top (right `responses.read`)."""
    wishes = CallbackWish.objects.select_related("wave", "unit")
    limited: QuerySet[CallbackWish] = scope.limit(wishes, "responses.read")
    return limited.order_by(F("done_at").desc(nulls_first=True), "created_at")
