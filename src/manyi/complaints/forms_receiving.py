"""The form of the phone screen."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import Category, Channel, Complaint, Severity
from manyi.complaints.queries.cases import categories
from manyi.complaints.services.receiving import BY_PEOPLE
from manyi.customers.forms import UnitChoiceField
from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit
from manyi.web.templatetags.web import localised

#: What a look-up fills in; the page's address may carry the same (without JavaScript it does).
FILLED = (
    "customer", "contact", "unit", "complainant", "phone", "email", "language", "product", "serial", "batch",
    "order_number",
)  # fmt: skip


def category_label(category: Category) -> str:
    """'Product / Noise': how a category is shown and typed."""
    own = localised(category.name)
    return f"{localised(category.parent.name)} / {own}" if category.parent else own


class CategoryField(forms.CharField):
    """Typed with suggestions; understands the label, the name in either language, and the code."""

    widget = forms.TextInput(attrs={"list": "categories", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip().casefold()
        if not text:
            return None
        rows = list(categories())
        for names in (
            lambda row: {category_label(row).casefold(), row.code.casefold()},
            lambda row: {str(name).casefold() for name in row.name.values()},
        ):
            fitting = [row for row in rows if text in names(row)]
            if len(fitting) == 1:
                return fitting[0]
        raise ValidationError(
            gettext("“%(text)s” is no category. Choose one of the suggestions, or leave it empty.")
            % {"text": str(value)[:60]}
        )


class ReceiveForm(forms.ModelForm):  # type: ignore[type-arg]
    """`units` are those for which the person may receive, `customers` those in sight."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[(c.value, c.label) for c in BY_PEOPLE], initial=Channel.PHONE
    )
    category = CategoryField(label=_("Category"), required=False, max_length=120)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Severity.choices, initial=Severity.ORDINARY, widget=forms.RadioSelect
    )
    customer = forms.ModelChoiceField(Customer.objects.none(), required=False, widget=forms.HiddenInput)
    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, widget=forms.HiddenInput)

    class Meta:
        model = Complaint
        fields = [
            "key", "unit", "channel", "customer", "contact", "complainant", "phone", "email", "language", "title",
            "description", "category", "severity", "happened_on", "place", "product", "serial", "batch", "order_number",
            "wanted_remedy",
        ]  # fmt: skip
        widgets = {
            "happened_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "description": forms.Textarea(attrs={"rows": 3}),
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def __init__(
        self, *args: Any, units: QuerySet[OrgUnit], customers: QuerySet[Customer], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["unit"].queryset = units
        choices["customer"].queryset = customers
        choices["contact"].queryset = Contact.objects.filter(customer__in=customers)
        self.initial.setdefault("key", uuid.uuid4())
        for name in ("complainant", "phone", "email", "product", "serial", "batch", "order_number", "place"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        if day is not None and day.year < 1990:
            raise ValidationError(gettext("%(day)s is too long ago; please check the year.") % {"day": day})
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        contact, customer = data.get("contact"), data.get("customer")
        if contact is not None and contact.customer_id != getattr(customer, "pk", None):
            data["contact"] = None
        return data

    def particulars(self) -> dict[str, Any]:
        """What `services.receiving.log` takes, the key as text."""
        return {**self.cleaned_data, "key": str(self.cleaned_data["key"])}
