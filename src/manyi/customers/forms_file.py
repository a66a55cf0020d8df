"""Forms of products in use, orders and timeline entries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.customers.models import FileImport, Interaction, Order, OwnedProduct


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


class FileImportForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is in the list?"), choices=FileImport.Kind.choices)
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx"}),
        help_text=_("CSV, TSV or XLSX; the first row holds the names of the columns."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(
                gettext("The file has %(size)d MB; %(limit)d MB are allowed.")
                % {"size": file.size // 2**20 + 1, "limit": settings.UPLOAD_MAX_BYTES // 2**20}
            )
        return file
