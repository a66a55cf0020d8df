"""Forms of the list of complaints: its filters and the action on many rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Channel, Severity
from manyi.complaints.queries import listing as queries
from manyi.complaints.queries.cases import categories
from manyi.complaints.queries.listing import Selection
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.templatetags.web import localised


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=categories(), **options)

    def label_from_instance(self, obj: Any) -> str:
        return f"{'　' if obj.parent_id else ''}{localised(obj.name)}"


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name())


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FilterForm(forms.Form):
    """Every field may be empty; a value that is no choice is left out of the selection."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All states")), ("open", _("Open")), *State.choices]
    )
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=[("", _("All")), *Severity.choices]
    )
    handler = forms.ChoiceField(label=_("Handler"), required=False)
    category = CategoryField(label=_("Category"), required=False, empty_label=_("All"))
    unit = UnitChoiceField(
        label=_("Org unit"), queryset=OrgUnit.objects.none(), required=False, empty_label=_("All org units")
    )
    product = forms.CharField(label=_("Product"), required=False, max_length=100)
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All")), *Channel.choices]
    )
    since = DayField(label=_("Received from"), required=False)
    until = DayField(label=_("Received until"), required=False)
    overdue = forms.BooleanField(label=_("Only overdue"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("Newest first")), ("due", _("Due first"))]
    )

    def __init__(self, data: Any, *, scope: Scope) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = org_units(scope, "complaints.read")  # type: ignore[attr-defined]
        people = [(str(user.pk), user.get_full_name()) for user in queries.handlers(scope)]
        self.fields["handler"].choices = [  # type: ignore[attr-defined]
            ("", gettext("Everybody")), ("me", gettext("Myself")), ("none", gettext("Nobody yet")), *people,
        ]  # fmt: skip

    def selection(self) -> Selection:
        self.is_valid()
        data = self.cleaned_data
        return Selection(
            search=data.get("q", "").replace("\0", ""),
            state=data.get("state", ""),
            severity=data.get("severity", ""),
            category=data.get("category"),
            unit=data.get("unit"),
            product=data.get("product", "").replace("\0", ""),
            channel=data.get("channel", ""),
            handler=data.get("handler", ""),
            overdue=bool(data.get("overdue")),
            since=data.get("since"),
            until=data.get("until"),
            sort=data.get("sort") or "newest",
        )

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name != "sort")

    @property
    def more(self) -> bool:
        """Whether a filter of the folded part is set."""
        names = ("category", "unit", "product", "channel", "since", "until", "overdue", "sort")
        return any(self.data.get(name) for name in names)


class BulkForm(forms.Form):
    """One action for the chosen rows; what it needs is asked only for that action."""

    prefix = "bulk"

    action = forms.ChoiceField(
        label=_("With the chosen"),
        choices=[
            ("handler", _("Give to a handler")),
            ("category", _("Set the category")),
            ("close", _("Close what is resolved")),
        ],
    )
    user = PersonField(label=_("Handler"), queryset=User.objects.none(), required=False)
    category = CategoryField(label=_("Category"), required=False)

    def __init__(self, *args: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].queryset = queries.handlers(scope)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("action") == "handler" and not data.get("user"):
            raise ValidationError(gettext("Choose who is to work on them."))
        if data.get("action") == "category" and not data.get("category"):
            raise ValidationError(gettext("Choose the category."))
        return data
