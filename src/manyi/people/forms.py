"""Forms of settings and account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from manyi.people.models import Organisation, OrgUnit, User
from manyi.people.rights import Role
from manyi.web.templatetags.web import localised


class BilingualForm(forms.Form):
    """A name in both languages."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)

    def name(self) -> dict[str, str]:
        return {"zh": self.cleaned_data["name_zh"], "en": self.cleaned_data["name_en"]}


class OrganisationForm(BilingualForm):
    quiet_from = forms.TimeField(
        label=_("Quiet hours from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("No survey mail leaves between these times."),
    )  # fmt: skip
    quiet_until = forms.TimeField(
        label=_("Quiet hours until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    fatigue_days = forms.IntegerField(
        label=_("Days between two invitations"), min_value=0, max_value=730,
        help_text=_("Whoever was invited within this time is not asked again; the ledger says so."),
    )  # fmt: skip
    anonymity_minimum = forms.IntegerField(
        label=_("Smallest group shown"), min_value=3, max_value=50,
        help_text=_("Groups with fewer answers are hidden everywhere: pages, exports, filters."),
    )  # fmt: skip
    postal_address = forms.CharField(label=_("Address in mails"), max_length=300, required=False)

    @classmethod
    def of(cls, row: Organisation) -> dict[str, Any]:
        fields = ("quiet_from", "quiet_until", "fatigue_days", "anonymity_minimum", "postal_address")
        names = {f"name_{k}": row.name.get(k, "") for k in ("zh", "en")}
        return {**names, **{f: getattr(row, f) for f in fields}}


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: OrgUnit) -> str:
        return str("　" * obj.depth + localised(obj.name))


class UnitForm(BilingualForm):
    code = forms.SlugField(label=_("Code"), max_length=40)
    parent = UnitChoice(label=_("Unit above"), queryset=OrgUnit.objects.none())
    field_order = ["parent", "code", "name_zh", "name_en"]

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = units  # type: ignore[attr-defined]


class UnitChangeForm(BilingualForm):
    active = forms.BooleanField(label=_("Active"), required=False)


class UserForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150)
    name = forms.CharField(label=_("Display name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hans", "简体中文"), ("en", "English")])
    password = forms.CharField(
        label=_("Password"), required=False, widget=forms.PasswordInput(render_value=False),
        help_text=_("Leave empty for single sign-on only (new user) or to keep the present one."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user is not None:
            self.fields["username"].disabled = True

    def clean_password(self) -> str:
        from django.contrib.auth.password_validation import validate_password

        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.user)
        return password


class RoleForm(forms.Form):
    """One role at one unit; it holds there and everywhere below."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    unit = UnitChoice(label=_("Org unit"), queryset=OrgUnit.objects.none())

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


RoleForms = forms.formset_factory(RoleForm, extra=1, max_num=10, can_delete=True)


class AccountForm(forms.Form):
    name = forms.CharField(label=_("Display name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hans", "简体中文"), ("en", "English")])


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What the token is for"), max_length=100)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise ValidationError(_t("Give the token a name."))
        return name
