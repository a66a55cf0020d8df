"""A complaint as the subject of promises, for the apps below that only know 'complaint:12'."""

from __future__ import annotations

from django.urls import reverse

from manyi.complaints.queries.cases import visible
from manyi.customers import subjects
from manyi.scope import Scope


def find(scope: Scope, pk: int) -> subjects.Subject | None:
    """The complainant is the one to tell. The unit is the complaint's own, or the one that works on it for those
    who may make promises only there."""
    row = visible(scope).filter(pk=pk).select_related("contact", "unit", "handler_unit", "customer").first()
    if row is None:
        return None
    theirs = not scope.may("promises.edit", row.unit_id) and scope.may("promises.edit", row.handler_unit_id)
    contact = None if row.email else row.contact
    return subjects.Subject(
        key=f"complaint:{pk}", label=f"{row.number} {row.title}".strip(), url=reverse("complaint", args=[row.number]),
        unit=row.handler_unit if theirs else row.unit, customer=row.customer, contact=contact,
        name=row.complainant or (contact.name if contact else ""), email=row.email or (contact.email if contact else ""),
        language=row.language,
    )  # fmt: skip


subjects.register("complaint", find)
