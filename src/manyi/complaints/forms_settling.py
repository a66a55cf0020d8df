"""Forms of proposals, letters, authority limits, and joining complaints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.complaints.forms_listing import PersonField
from manyi.complaints.models import CaseLink, Complaint, LetterTemplate, Proposal
from manyi.complaints.models.cases import LANGUAGES
from manyi.complaints.services import letters
from manyi.customers.forms import UnitChoiceField
from manyi.customers.models import AuthorityLimit, Promise
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.templatetags.web import localised


class ProposalForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of remedy"), choices=Proposal.Kind)
    remedy = forms.CharField(
        label=_("What we offer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    amount = forms.DecimalField(
        label=_("Amount"), min_value=0, max_digits=12, decimal_places=2, required=False,
        help_text=_("Empty: it costs the customer’s account nothing."),
    )  # fmt: skip
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Za-z]{3}$", initial="CNY")

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "proposal-%s", **kwargs})
        self.fields["remedy"].initial = complaint.wanted_remedy

    def proposal(self) -> dict[str, Any]:
        """What `services.proposals.propose` takes."""
        data = {**self.cleaned_data}
        data["amount"] = data["amount"] or 0
        return data


class LetterForm(forms.Form):
    subject = forms.CharField(label=_("Title of the letter"), max_length=200)
    body = forms.CharField(
        label=_("Text of the letter"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 18})
    )


class LetterChoiceForm(forms.Form):
    """Which letter, in which language: the draft is made from it."""

    template = forms.ModelChoiceField(
        label=_("Letter"), queryset=LetterTemplate.objects.filter(active=True), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        letters.templates()
        super().__init__(*args, **{"auto_id": "letter-%s", **kwargs})
        template: Any = self.fields["template"]
        template.label_from_instance = lambda row: localised(row.name)
        self.fields["language"].initial = complaint.language


class JoinForm(forms.Form):
    """The number of another complaint, and what it is to this one."""

    other = forms.CharField(label=_("Number of the other complaint"), max_length=40)
    kind = forms.ChoiceField(
        label=_("How they belong together"),
        choices=[(k, label) for k, label in CaseLink.Kind.choices if k != CaseLink.Kind.SPLIT],
    )


class SplitForm(forms.Form):
    title = forms.CharField(label=_("What the new complaint is about"), max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    unit = UnitChoiceField(
        label=_("At the org unit and below"), queryset=OrgUnit.objects.none(), empty_label=None
    )
    user = PersonField(label=_("Staff member"), queryset=User.objects.none(), required=False, empty_label="–")
    forbidden = forms.MultipleChoiceField(
        label=_("May not promise"),
        choices=Promise.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = AuthorityLimit
        fields = ["unit", "role", "user", "per_case", "per_month", "currency", "forbidden"]
        help_texts = {"role": _("Either a role or a person.")}

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = org_units(scope, "complaints.manage")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        people = User.objects.filter(is_active=True, memberships__unit__in=units).distinct()
        self.fields["user"].queryset = people.order_by("name")  # type: ignore[attr-defined]


class TemplateForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)
    subject_zh = forms.CharField(label=_("Title of the letter (Chinese)"), max_length=200)
    subject_en = forms.CharField(label=_("Title of the letter (English)"), max_length=200)
    body_zh = forms.CharField(
        label=_("Text of the letter (Chinese)"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 14})
    )
    body_en = forms.CharField(
        label=_("Text of the letter (English)"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 14})
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @classmethod
    def of(cls, row: LetterTemplate, data: Any = None) -> TemplateForm:
        initial: dict[str, Any] = {"code": row.code, "active": row.active}
        for field in ("name", "subject", "body"):
            for language in ("zh", "en"):
                initial[f"{field}_{language}"] = getattr(row, field).get(language, "")
        return cls(data, initial=initial)

    def write(self, row: LetterTemplate) -> LetterTemplate:
        """The row with what the form holds; not saved."""
        data = self.cleaned_data
        row.code, row.active = data["code"], data["active"]
        for field in ("name", "subject", "body"):
            value = {language: data[f"{field}_{language}"].replace("\r\n", "\n") for language in ("zh", "en")}
            setattr(row, field, value)
        return row

    def place(self, errors: dict[str, list[str]]) -> None:
        """Put the errors of the service beside the fields they are about."""
        for name, messages in errors.items():
            field = name if name in self.fields else f"{name}_zh"
            for message in messages:
                self.add_error(field if field in self.fields else None, message)
