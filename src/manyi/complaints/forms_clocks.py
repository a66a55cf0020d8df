"""Forms of time limits: a policy, a reason to pause, a pause."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints.clock import Target
from manyi.complaints.clock_terms import amount_of
from manyi.complaints.models import ClockPolicy, PauseReason, Severity
from manyi.complaints.queries.cases import categories
from manyi.complaints.queries.clocks import pause_reasons
from manyi.customers.models import Customer
from manyi.people.forms import BilingualForm
from manyi.people.models import BusinessCalendar
from manyi.people.queries_calendars import counting
from manyi.web.templatetags.web import localised

UNITS = [
    ("workdays", _("workdays")),
    ("open_hours", _("open hours")),
    ("hours", _("hours on the clock")),
    ("minutes", _("minutes on the clock")),
]
#: Ten years: longer is a slip of the pen.
MOST_MINUTES = 10 * 366 * 24 * 60


class _Localised(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return localised(obj.name)


def minutes_of(amount: Decimal, unit: str, workday: int) -> tuple[int, bool]:
    """(minutes, whether of open time). Raises ValidationError when it is no time at all or too long."""
    minutes = int(amount * {"workdays": workday, "open_hours": 60, "hours": 60, "minutes": 1}[unit])
    if not 1 <= minutes <= MOST_MINUTES:
        raise ValidationError(gettext("Between one minute and ten years."))
    return minutes, unit in ("workdays", "open_hours")


def workday_of(calendar: BusinessCalendar) -> int:
    return int(counting(calendar).workday.total_seconds()) // 60


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=Decimal("0.01"), max_value=MOST_MINUTES, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "decimal"}),
    )  # fmt: skip


def _share(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=1000,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )  # fmt: skip


class PolicyForm(BilingualForm):
    code = forms.SlugField(label=_("Code"), max_length=40)
    severity = forms.ChoiceField(label=_("Severity"), required=False)
    tier = forms.ChoiceField(label=_("Customer tier"), required=False)
    category = _Localised(
        label=_("Category"), queryset=categories(), required=False, empty_label=_("Every category")
    )
    calendar = _Localised(label=_("Calendar"), queryset=BusinessCalendar.objects.all(), empty_label=None)
    warn_share = _share(_("Owner and handler, at per cent of the limit"))
    leader_share = _share(_("Leader, at %"))
    manager_share = _share(_("Manager, at %"))
    executive_share = _share(_("Executive, at %"))
    position = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=999, initial=0,
        help_text=_("Decides between policies with equally many conditions; the lower number first."),
    )  # fmt: skip
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, policy: ClockPolicy, **kwargs: Any) -> None:
        self.policy = policy
        super().__init__(*args, **{"initial": _initial(policy), **kwargs})
        severity: Any = self.fields["severity"]
        tier: Any = self.fields["tier"]
        severity.choices = [("", _("Every severity")), *Severity.choices]
        tier.choices = [("", _("Every tier")), *Customer.Tier.choices]
        for target in Target:
            self.fields[f"{target}_amount"] = _amount(target.label)
            self.fields[f"{target}_unit"] = forms.ChoiceField(
                label=_("Unit"), choices=UNITS, widget=forms.Select(attrs={"class": "form-select"})
            )
        if policy.pk:
            self.fields["code"].disabled = True

    def limits(self) -> Iterator[tuple[BoundField, BoundField]]:
        for target in Target:
            yield self[f"{target}_amount"], self[f"{target}_unit"]

    def conditions(self) -> list[BoundField]:
        return [self[name] for name in ("severity", "tier", "category")]

    def ladder(self) -> list[BoundField]:
        return [self[f"{step}_share"] for step in ("warn", "leader", "manager", "executive")]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        calendar = data.get("calendar")
        for target in Target:
            amount, unit = data.get(f"{target}_amount"), data.get(f"{target}_unit")
            if amount is not None and unit and calendar:
                try:
                    data[target] = minutes_of(amount, unit, workday_of(calendar))
                except ValidationError as error:
                    self.add_error(f"{target}_amount", error)
        return data

    def filled(self) -> ClockPolicy:
        """The policy as the form says, not saved."""
        policy, data = self.policy, self.cleaned_data
        policy.name = self.name()
        for name in ("code", "severity", "tier", "category", "calendar", "position", "active",
                     "warn_share", "leader_share", "manager_share", "executive_share"):  # fmt: skip
            setattr(policy, name, data[name])
        for target in Target:
            minutes, business = data.get(target, (None, True))
            setattr(policy, f"{target}_minutes", minutes)
            setattr(policy, f"{target}_business", business)
        return policy


def _initial(policy: ClockPolicy) -> dict[str, Any]:
    names = {f"name_{k}": policy.name.get(k, "") for k in ("zh", "en")}
    same = ("code", "severity", "tier", "category", "position", "active",
            "warn_share", "leader_share", "manager_share", "executive_share")  # fmt: skip
    found = {**names, **{name: getattr(policy, name) for name in same}}
    if policy.calendar_id:
        found["calendar"] = policy.calendar
        for target in Target:
            if minutes := getattr(policy, f"{target}_minutes"):
                amount, unit = amount_of(
                    minutes, getattr(policy, f"{target}_business"), workday_of(policy.calendar)
                )
                found |= {f"{target}_amount": amount.normalize(), f"{target}_unit": unit}
    return found


class PauseReasonForm(BilingualForm):
    cap_amount = _amount(_("At most, per round"))
    cap_unit = forms.ChoiceField(
        label=_("Unit"), choices=UNITS[1:3], widget=forms.Select(attrs={"class": "form-select"})
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, reason: PauseReason, **kwargs: Any) -> None:
        self.reason = reason
        initial: dict[str, Any] = {f"name_{k}": reason.name.get(k, "") for k in ("zh", "en")}
        if reason.cap_minutes:
            amount = (Decimal(reason.cap_minutes) / 60).normalize()
            unit = "open_hours" if reason.cap_business else "hours"
            initial |= {"cap_amount": amount, "cap_unit": unit}
        super().__init__(*args, **{"initial": initial | {"active": reason.active}, **kwargs})

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("cap_amount") is not None and data.get("cap_unit"):
            try:
                data["cap"] = minutes_of(data["cap_amount"], data["cap_unit"], 1)
            except ValidationError as error:
                self.add_error("cap_amount", error)
        return data

    def filled(self) -> PauseReason:
        reason = self.reason
        reason.name, reason.active = self.name(), self.cleaned_data["active"]
        reason.code = reason.code or _free_code(reason.name["en"])
        reason.cap_minutes, reason.cap_business = self.cleaned_data.get("cap", (None, True))
        return reason


def _free_code(name: str) -> str:
    """A code from the name that no other reason has."""
    stem = slugify(name)[:30] or "reason"
    taken = set(PauseReason.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in count(1) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)


class PauseForm(forms.Form):
    reason = _Localised(
        label=_("Why do the clocks pause?"), queryset=PauseReason.objects.none(), empty_label=None
    )
    note = forms.CharField(label=_("Remark"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "pause-%s", **kwargs})
        reason: Any = self.fields["reason"]
        reason.queryset = pause_reasons()
