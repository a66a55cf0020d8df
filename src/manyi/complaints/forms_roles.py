"""Forms by which work and answers change hands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from manyi.complaints.forms_listing import PersonField
from manyi.complaints.models import Complaint
from manyi.complaints.queries import roles
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit, User


class UnitAndPersonForm(forms.Form):
    """An org unit and, if wanted, a person who works for it; the people are fetched when the unit changes."""

    unit = UnitChoiceField(
        label=_("To the org unit"),
        queryset=OrgUnit.objects.filter(active=True).order_by("path"),
        empty_label=None,
    )
    user = PersonField(
        label=_("To the person"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody in particular"),
    )

    def __init__(self, *args: Any, unit: OrgUnit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].initial = unit.pk
        given = str(self.data.get("unit") or "") if self.is_bound else ""
        chosen = OrgUnit.objects.filter(pk=given).first() if given.isdecimal() else unit
        person: Any = self.fields["user"]
        person.queryset = roles.workers(chosen) if chosen else User.objects.none()
        self.fields["unit"].widget.attrs |= {
            "hx-get": reverse_lazy("people-of-unit"),
            "hx-target": f"#{self['user'].id_for_label}",
            "hx-trigger": "change",
        }


class ReassignForm(UnitAndPersonForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, unit=complaint.handler_unit, auto_id="reassign-%s", **kwargs)
        self.fields["user"].initial = complaint.handler_id


class HandOverForm(forms.Form):
    to = PersonField(label=_("To the person"), queryset=User.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "hand-over-%s", **kwargs})
        to: Any = self.fields["to"]
        to.queryset = roles.workers(complaint.unit).exclude(pk=complaint.first_contact_owner_id)


class CauseForm(forms.Form):
    unit = UnitChoiceField(
        label=_("Cause unit"), queryset=OrgUnit.objects.filter(active=True).order_by("path"), empty_label=None
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "cause-%s", **kwargs})
        self.fields["unit"].initial = complaint.cause_unit_id or complaint.handler_unit_id
