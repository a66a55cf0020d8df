"""The public form: few questions, and only what happened is required, with one way to reach the complainant."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.complaints import form_guard
from manyi.complaints.models import Complaint


class PublicForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Complaint
        fields = [
            "title", "description", "happened_on", "place", "product", "serial", "order_number", "wanted_remedy",
            "complainant", "phone", "email",
        ]  # fmt: skip
        labels = {
            "description": _("What exactly happened?"),
            "happened_on": _("When did it happen?"),
            "place": _("Where?"),
            "serial": _("Serial number or batch"),
            "wanted_remedy": _("What should we do about it?"),
            "complainant": _("Your name"),
            "phone": _("Your phone"),
            "email": _("Your e-mail"),
        }
        widgets = {
            "happened_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "description": forms.Textarea(attrs={"rows": 5}),
            "complainant": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["description"].max_length = 10_000  # type: ignore[attr-defined]
        self.fields["description"].widget.attrs["maxlength"] = 10_000
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"id_{name}_error"

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        if day is not None and day.year < 1990:
            raise ValidationError(gettext("%(day)s is too long ago; please check the year.") % {"day": day})
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("phone") and not data.get("email") and not {"phone", "email"} & set(self.errors):
            self.add_error("email", gettext("Please leave a phone number or an e-mail address: how else could we answer?"))  # fmt: skip
        if len(data.get("description") or "") > 10_000:
            self.add_error(
                "description", gettext("Please say it in at most %(most)s characters.") % {"most": 10_000}
            )
        if form_guard.advertises(data.get("title") or "", data.get("description") or ""):
            self.add_error("description", gettext("Please leave out the links; up to %(most)s are fine.") % {"most": form_guard.MOST_LINKS})  # fmt: skip
        return data
