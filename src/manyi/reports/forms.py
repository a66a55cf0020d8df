"""Form of a schedule of reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from manyi.customers.forms import UnitChoiceField
from manyi.people.models import User
from manyi.people.queries import org_units
from manyi.reports import schedules
from manyi.reports.models import ReportSchedule
from manyi.scope import Scope


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()} · {obj.email}"


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    recipients = PeopleField(
        label=_("Recipients"), queryset=User.objects.none(),
        help_text=_("Everybody gets the report with the figures they may see themselves."),
    )  # fmt: skip

    class Meta:
        model = ReportSchedule
        fields = ("what", "unit", "format", "language", "rhythm", "day", "hour", "recipients", "active")
        field_classes = {"unit": UnitChoiceField}
        help_texts = {
            "day": _(
                "Of the week: 1 is Monday, 7 is Sunday. Of the month, or the quarter’s first month: 1 to 28."
            ),
            "hour": _("0 to 23, in the organisation’s time zone."),
            "rhythm": _("The report is about the week, month or quarter that has ended."),
        }

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = org_units(scope, schedules.EDIT)  # type: ignore[attr-defined]
        self.fields["recipients"].queryset = schedules.possible_recipients(scope)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("rhythm") == "weekly" and (data.get("day") or 0) > len(WEEKDAYS):
            self.add_error("day", _("The day of a week is 1 (Monday) to 7 (Sunday)."))
        if data.get("what") == "evidence" and data.get("format") == "pptx":
            self.add_error("format", _("The evidence report comes as PDF or XLSX."))
        return data
