"""Forms of routing rules and skills."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from manyi.complaints.forms_listing import CategoryField, DayField, PersonField
from manyi.complaints.models import RoutingRule
from manyi.complaints.services.routing import missing
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit, User


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    category = CategoryField(label=_("Category"), required=False, empty_label=_("Any"))
    unit = UnitChoiceField(
        label=_("Received at (and below)"), required=False, empty_label=_("Anywhere"),
        queryset=OrgUnit.objects.filter(active=True).order_by("path"),
    )  # fmt: skip
    to_unit = UnitChoiceField(
        label=_("Target unit"),
        queryset=OrgUnit.objects.filter(active=True).order_by("path"),
        empty_label=None,
    )
    to_user = PersonField(
        label=_("Named person"), required=False, empty_label="–",
        queryset=User.objects.filter(is_active=True).exclude(memberships=None).distinct().order_by("name"),
    )  # fmt: skip

    class Meta:
        model = RoutingRule
        fields = [
            "name", "category", "product", "unit", "severity", "channel", "to_unit", "way", "to_user", "skill",
            "effect", "instruction", "active",
        ]  # fmt: skip
        help_texts = {
            "to_user": _("Only for “To one person”."),
            "skill": _("Only for “To whoever of the unit knows this”: the same word as with the people."),
            "instruction": _("Only for “A work order is proposed”."),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        fields = ("way", "to_user", "skill", "effect", "instruction")
        for field, message in missing(**{name: data.get(name) or "" for name in fields}).items():
            self.add_error(field, message)
        return data


class PeriodForm(forms.Form):
    """The days a dry run looks at; yesterday unless said otherwise."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    @classmethod
    def of(cls, data: Any, *, at: datetime) -> PeriodForm:
        yesterday = timezone.localtime(at).date() - timedelta(days=1)
        given = {"since": data.get("since") or yesterday, "until": data.get("until") or yesterday}
        return cls(given)

    def span(self) -> tuple[datetime, datetime] | None:
        """First instant of the first day and of the day after the last; None where the days make no period."""
        if not self.is_valid():
            return None
        first: date = self.cleaned_data["since"]
        last: date = self.cleaned_data["until"]
        if last < first:
            return None
        zone = timezone.get_current_timezone()
        return (
            datetime(first.year, first.month, first.day, tzinfo=zone),
            datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1),
        )


class SkillsForm(forms.Form):
    user = PersonField(
        label=_("Staff member"),
        queryset=User.objects.filter(is_active=True).exclude(memberships=None).distinct().order_by("name"),
    )
    tags = forms.CharField(
        label=_("Skills"), required=False, max_length=400, help_text=_("Words with commas between them.")
    )

    def words(self) -> list[str]:
        return self.cleaned_data["tags"].replace("，", ",").replace("、", ",").split(",")  # type: ignore[no-any-return]
