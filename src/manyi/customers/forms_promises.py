"""Forms of promises: one line to catch one, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from manyi.customers import due
from manyi.customers.forms import UnitChoiceField
from manyi.customers.models import Promise
from manyi.people.business_time import Calendar
from manyi.people.models import OrgUnit, User

OTHER_TIME = "on"


def _pick_label(pick: str) -> str:
    n = int(pick[:-1])
    if pick.endswith("h"):
        return ngettext("in %(n)d open hour", "in %(n)d open hours", n) % {"n": n}
    return ngettext("in %(n)d working day", "in %(n)d working days", n) % {"n": n}


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name())


class PromiseForm(forms.Form):
    """`users` are those who may be asked to do it; the one who makes the promise is chosen beforehand."""

    text = forms.CharField(label=_("What did you promise?"), max_length=500)
    due = forms.ChoiceField(label=_("Due"), initial="1d")
    due_on = forms.DateTimeField(
        label=_("At another time"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    owner = PersonField(label=_("Who does it"), queryset=User.objects.none(), empty_label=None)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Promise.Kind.choices, initial=Promise.Kind.OTHER, required=False
    )
    amount = forms.DecimalField(
        label=_("Amount, if money is promised"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label=_("Currency"), initial="CNY", required=False, max_length=3,
        error_messages={"invalid": _("Three capital letters, such as CNY.")},
    )  # fmt: skip

    def __init__(self, *args: Any, users: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(pick, _pick_label(pick)) for pick in due.PICKS]
        self.fields["due"].choices = [*choices, (OTHER_TIME, _("at another time"))]  # type: ignore[attr-defined]
        self.fields["owner"].queryset = users  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("due") == OTHER_TIME and not data.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", str(_("Choose day and time.")))
        return data

    def due_at(self, start: datetime, calendar: Calendar) -> datetime:
        """When the promise is due, counted from `start`. Only after `is_valid`."""
        data = self.cleaned_data
        if data["due"] == OTHER_TIME:
            return data["due_on"]  # type: ignore[no-any-return]
        return due.due_of(data["due"], start, calendar)

    def given(self) -> dict[str, Any]:
        """What `services_promises.make_promise` takes besides subject and time."""
        data = self.cleaned_data
        return {
            "text": data["text"], "owner": data["owner"], "kind": data["kind"] or Promise.Kind.OTHER,
            "amount": data["amount"], "currency": data["currency"] or "CNY",
        }  # fmt: skip


class SettleForm(forms.Form):
    evidence = forms.CharField(
        label=_("Evidence or reason"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How one can see that it was done: a delivery number, who confirmed it. Or why it was not. Only we read this."),
    )  # fmt: skip
    file = forms.FileField(label=_("File"), required=False, widget=forms.FileInput)
    done_at = forms.DateTimeField(
        label=_("Done at"), required=False, help_text=_("Left empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    tell = forms.BooleanField(
        label=_("Tell the customer by mail that it is done"), required=False, initial=True
    )
    message = forms.CharField(
        label=_("A word to the customer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class FilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    unit = UnitChoiceField(
        label=_("Org unit"), queryset=OrgUnit.objects.none(), required=False, empty_label=_("All org units")
    )
    view = forms.ChoiceField(
        label=_("Show"), required=False,
        choices=[("", _("Mine, still to be done")), ("overdue", _("Overdue")), ("open", _("All to be done")), ("all", _("All"))],
    )  # fmt: skip

    def __init__(self, data: Any, *, units: QuerySet[OrgUnit]) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def selection(self) -> dict[str, Any]:
        """What `queries_promises.promises` takes; a value that is no choice is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "text": data.get("q", "").replace("\0", ""), "unit": data.get("unit"),
            "view": data.get("view") or "mine",
        }  # fmt: skip
