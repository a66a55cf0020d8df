"""Correcting the particulars of a complaint."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints.forms_listing import CategoryField, DayField
from manyi.complaints.models import Complaint
from manyi.customers import queries as customers
from manyi.scope import Scope


class ParticularsForm(forms.ModelForm):  # type: ignore[type-arg]
    customer_number = forms.CharField(
        label=_("Customer number"),
        max_length=60,
        required=False,
        help_text=_("Whose account it is about. The complainant may be somebody else."),
    )
    category = CategoryField(label=_("Category"), required=False)
    happened_on = DayField(label=_("Happened on"), required=False)

    class Meta:
        model = Complaint
        fields = [
            "title", "description", "severity", "category", "wanted_remedy", "complainant", "phone", "email",
            "language", "customer_number", "product", "serial", "batch", "order_number", "happened_on", "place",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        customer = self.instance.customer
        if customer is not None:
            self.fields["customer_number"].initial = customer.code

    def clean_customer_number(self) -> str:
        """The customer it names goes to `customer`; one out of sight is as unknown as one that is not there."""
        number = str(self.cleaned_data["customer_number"]).strip()
        present = self.instance.customer
        self.customer = None
        if present is not None and number == present.code:
            self.customer = present
        elif number:
            self.customer = customers.customers(self.scope).filter(code=number).first()
            if self.customer is None:
                raise ValidationError(gettext("There is no customer “%(number)s”.") % {"number": number})
        return number

    def particulars(self) -> dict[str, Any]:
        """What `services.cases.edit` takes. A contact stays only with its own customer."""
        found = {n: v for n, v in self.cleaned_data.items() if n != "customer_number"}
        found["customer"] = self.customer
        contact = self.instance.contact
        if contact is not None and contact.customer_id != (self.customer.pk if self.customer else None):
            found["contact"] = None
        return found
