"""The form of a work order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints.forms_roles import UnitAndPersonForm
from manyi.complaints.models import OPEN_ORDERS, Complaint, WorkOrder
from manyi.complaints.queries.work_orders import due_after

LIMITS = [
    ("d1", _("1 working day")),
    ("h2", _("2 working hours")),
    ("h4", _("4 working hours")),
    ("d2", _("2 working days")),
    ("d3", _("3 working days")),
    ("d5", _("5 working days")),
    ("at", _("At the time given here")),
    ("none", _("No time limit")),
]


class WorkOrderForm(UnitAndPersonForm):
    instruction = forms.CharField(
        label=_("What is to be done"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    limit = forms.ChoiceField(label=_("Time limit"), choices=LIMITS)
    due_at = forms.DateTimeField(
        label=_("At the time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    after = forms.ModelChoiceField(
        label=_("Begins"), queryset=WorkOrder.objects.none(), required=False, empty_label=_("At once")
    )

    def __init__(self, *args: Any, complaint: Complaint, at: datetime, **kwargs: Any) -> None:
        replaces: WorkOrder | None = kwargs.pop("replaces", None)
        name = f"again-{replaces.position}-%s" if replaces else "order-%s"
        super().__init__(*args, unit=complaint.handler_unit, auto_id=name, **kwargs)
        self.at = at
        before: Any = self.fields["after"]
        before.queryset = complaint.work_orders.filter(state__in=OPEN_ORDERS)
        before.label_from_instance = _after
        if replaces:
            self.fields["instruction"].initial = replaces.instruction
            del self.fields["after"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("limit") == "at" and not data.get("due_at") and "due_at" not in self.errors:
            self.add_error("due_at", ValidationError(gettext("Say when it is due.")))
        return data

    def order(self) -> dict[str, Any]:
        """What `services.work_orders.send` takes."""
        data = self.cleaned_data
        limit = data["limit"]
        due = data["due_at"] if limit == "at" else None if limit == "none" else due_after(limit, at=self.at)
        return {
            "unit": data["unit"], "user": data["user"], "instruction": data["instruction"], "due_at": due,
            "after": data.get("after"),
        }  # fmt: skip


def _after(order: WorkOrder) -> str:
    return gettext("when work order %(number)s is done") % {"number": order.position}
