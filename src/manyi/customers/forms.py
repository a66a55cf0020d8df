"""Forms of the customer file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.customers import imports
from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit, User
from manyi.web.templatetags.web import localised

FIELD_LABELS = {
    "code": _("Customer number"), "name": _("Name"), "kind": _("Kind"), "unit": _("Org unit"), "tier": _("Tier"),
    "segment": _("Segment"), "industry": _("Industry"), "region": _("Region"), "active": _("Active"),
    "contact": _("Contact’s name"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
    "opted_out": _("Opted out"),
}  # fmt: skip


class UnitChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{'　' * obj.depth}{localised(obj.name)}"


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none())

    class Meta:
        model = Customer
        fields = ["code", "name", "kind", "unit", "owner", "tier", "segment", "industry", "region", "active"]
        help_texts = {
            "code": _("Your own number for this customer; imports recognise the customer by it."),
            "active": _("Customers who are not active are never asked."),
        }

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        owners = User.objects.filter(is_active=True, memberships__unit__in=units).distinct()
        owner: Any = self.fields["owner"]
        own = User.objects.filter(pk=self.instance.owner_id or 0)
        owner.queryset = User.objects.filter(pk__in=[*owners.values_list("pk", flat=True), *own.values_list("pk", flat=True)])  # fmt: skip
        owner.label_from_instance = lambda user: user.get_full_name()

    def validate_unique(self) -> None:
        """The service answers a taken number, in words that help."""


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Contact
        fields = ["name", "email", "phone", "language", "is_primary"]
        help_texts = {"is_primary": _("The one who is asked in surveys.")}


class FilterForm(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), required=False, empty_label=_("All org units"))  # fmt: skip
    tier = forms.ChoiceField(
        label=_("Tier"), required=False, choices=[("", _("All tiers")), *Customer.Tier.choices]
    )
    segment = forms.ChoiceField(label=_("Segment"), required=False)

    def __init__(self, data: Any, *, units: QuerySet[OrgUnit], segments: list[str]) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        choices = [("", gettext("All segments")), *((s, s) for s in segments)]
        self.fields["segment"].choices = choices  # type: ignore[attr-defined]

    def selection(self) -> dict[str, Any]:
        """What `queries.customers` takes; a value that is no choice is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "search": data.get("q", "").replace("\0", ""), "unit": data.get("unit"),
            "tier": data.get("tier", ""), "segment": data.get("segment", ""),
        }  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx"}),
        help_text=_("CSV, TSV or XLSX; the first row holds the names of the columns."),
    )  # fmt: skip
    unit = UnitChoiceField(
        label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None,
        help_text=_("New customers go here unless a column names their unit."),
    )  # fmt: skip
    encoding = forms.ChoiceField(
        label=_("Encoding"), required=False,
        choices=[("", _("Find out")), ("utf-8", "UTF-8"), ("gb18030", "GB18030 / GBK"), ("utf-16", "UTF-16")],
    )  # fmt: skip

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(
                gettext("The file has %(size)d MB; %(limit)d MB are allowed.")
                % {"size": file.size // 2**20 + 1, "limit": settings.UPLOAD_MAX_BYTES // 2**20}
            )
        return file


def mapping_of(post: QueryDict, names: tuple[str, ...]) -> dict[str, Any]:
    """The mapping that the selects `role-0`, `role-1` … of the columns say."""
    columns: dict[str, str] = {}
    attributes: list[str] = []
    doubles: list[str] = []
    for i, name in enumerate(names):
        role = post.get(f"role-{i}", "")
        if role == "attribute":
            attributes.append(name)
        elif role in imports.FIELDS and columns.setdefault(role, name) != name:
            doubles.append(name)
    return {"columns": columns, "attributes": attributes, "doubles": doubles}
