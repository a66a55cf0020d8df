"""Forms of the journey map: a stage, a touchpoint."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.people.forms import BilingualForm, UnitChoice
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards import neighbours
from manyi.standards.models import Stage, Touchpoint
from manyi.standards.queries import touchpoints as queries
from manyi.web.templatetags.web import localised

CODE_HELP = _("Letters, digits, - and _; it stands in addresses and in the API, and stays as it is.")


class NamedChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return localised(obj.name)


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name())


class StageForm(BilingualForm):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE_HELP)
    active = forms.BooleanField(label=_("On the journey map"), required=False, initial=True)

    def __init__(self, data: Any, *, stage: Stage | None = None) -> None:
        initial = {}
        if stage is not None:
            names = {f"name_{language}": stage.name.get(language, "") for language in ("zh", "en")}
            initial = {**names, "active": stage.is_active}
        super().__init__(data, initial=initial)
        if stage is not None:
            del self.fields["code"]

    def fill(self, stage: Stage) -> Stage:
        stage.name, stage.is_active = self.name(), self.cleaned_data["active"]
        stage.code = self.cleaned_data.get("code") or stage.code
        return stage


class TouchpointForm(BilingualForm):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE_HELP)
    stage = NamedChoice(label=_("Stage"), queryset=Stage.objects.none())
    unit = UnitChoice(
        label=_("Org unit"), queryset=OrgUnit.objects.none(),
        help_text=_("It answers for the touchpoint; it and the units below see it and are measured."),
    )  # fmt: skip
    owner = PersonChoice(label=_("Owner"), queryset=User.objects.none(), required=False)
    description_zh = forms.CharField(
        label=_("What happens here (Chinese)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description_en = forms.CharField(
        label=_("What happens here (English)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    indicator = forms.ChoiceField(
        label=_("Indicator"),
        required=False,
        help_text=_("The node of an indicator tree that says how satisfied customers are here."),
    )
    category = forms.ChoiceField(
        label=_("Complaint category"),
        required=False,
        help_text=_("Complaints of it and of the categories below it arise here."),
    )
    topic = forms.ChoiceField(label=_("Topic of standard answers"), required=False)
    volume = forms.ChoiceField(
        label=_("How often customers come by"), required=False, help_text=_("What is counted.")
    )
    active = forms.BooleanField(label=_("On the journey map"), required=False, initial=True)

    def __init__(
        self, data: Any, *, scope: Scope, touchpoint: Touchpoint | None = None, **options: Any
    ) -> None:
        initial: dict[str, Any] = dict(options.pop("initial", {}))
        if touchpoint is not None:
            for language in ("zh", "en"):
                initial[f"name_{language}"] = touchpoint.name.get(language, "")
                initial[f"description_{language}"] = touchpoint.description.get(language, "")
            for name in ("stage", "unit", "owner", *CHOSEN, "volume"):
                initial[name] = getattr(touchpoint, name)
            initial["active"] = touchpoint.is_active
        super().__init__(data, initial=initial, **options)
        fields: dict[str, Any] = self.fields
        fields["stage"].queryset = queries.stages(scope)
        fields["unit"].queryset = org_units(scope, queries.EDIT)
        owner = touchpoint.owner_id if touchpoint else None
        fields["owner"].queryset = queries.owners(scope) | User.objects.filter(pk=owner or 0).distinct()
        for name in CHOSEN:
            found = neighbours.choices(scope, name)
            kept = getattr(touchpoint, name) if touchpoint else ""
            gone = [(kept, kept)] if kept and kept not in dict(found) else []
            fields[name].choices = [("", _("None")), *found, *gone]
        fields["volume"].choices = [("", _("Not counted")), *Touchpoint.Volume.choices]
        if touchpoint is not None:
            del self.fields["code"]

    field_order = ("code", "name_zh", "name_en", "stage", "unit", "owner", "description_zh", "description_en")

    def fill(self, touchpoint: Touchpoint) -> Touchpoint:
        data = self.cleaned_data
        touchpoint.name = self.name()
        texts = {language: data[f"description_{language}"].strip() for language in ("zh", "en")}
        touchpoint.description = {language: text for language, text in texts.items() if text}
        for name in ("stage", "unit", "owner", *CHOSEN, "volume"):
            setattr(touchpoint, name, data[name])
        touchpoint.is_active = data["active"]
        touchpoint.code = data.get("code") or touchpoint.code
        return touchpoint


CHOSEN = ("indicator", "category", "topic")
