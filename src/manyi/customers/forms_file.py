"""Forms of products in use, orders and timeline entries."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.customers.models import Interaction, Order, OwnedProduct


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = OwnedProduct
        fields = ["model", "serial", "batch", "bought_on", "warranty_until"]
        widgets = {"bought_on": _day(), "warranty_until": _day()}


class OrderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Order
        fields = ["kind", "number", "at", "product", "quantity", "amount", "currency"]
        widgets = {"at": _day()}


class InteractionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Interaction
        fields = ["kind", "at", "text"]
        widgets = {
            "at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "text": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {"at": _("When it happened, not when you write it.")}
