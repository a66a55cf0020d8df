"""Forms of checklists, audits and mystery visits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards.models import Check, Checklist, Scale, ServiceStandard, Touchpoint
from manyi.standards.queries import audits, checklists, visits
from manyi.web.templatetags.web import localised

LANGUAGES = (("zh", _("Chinese")), ("en", _("English")))


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: OrgUnit) -> str:
        return f"{'　' * obj.depth}{localised(obj.name)}"


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name()


class NamedField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Checklist | Touchpoint) -> str:
        return localised(obj.name)


class StandardField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: ServiceStandard) -> str:
        return f"{localised(obj.touchpoint.name)} · {localised(obj.name)}"


def day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def text(label: Any, rows: int = 0, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, widget=widget, required=False, **more)


def both(data: dict[str, Any], field: str) -> dict[str, str]:
    """The two texts of a field in both languages."""
    return {"zh": data.get(f"{field}_zh", ""), "en": data.get(f"{field}_en", "")}


class ChecklistForm(forms.Form):
    name_zh = text(_("Name (Chinese)"), max_length=100)
    name_en = text(_("Name (English)"), max_length=100)
    unit = UnitField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    briefing_zh = text(_("What to do (Chinese)"), 4, max_length=3000)
    briefing_en = text(_("What to do (English)"), 4, max_length=3000)
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, scope: Scope, kind: str, row: Checklist | None, *args: Any, **kwargs: Any) -> None:
        if row is not None:
            kwargs["initial"] = {
                "name_zh": row.name.get("zh", ""), "name_en": row.name.get("en", ""),
                "briefing_zh": row.briefing.get("zh", ""), "briefing_en": row.briefing.get("en", ""),
                "is_active": row.is_active,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        if row is None:
            self.fields["unit"].queryset = org_units(scope, "standards.edit")  # type: ignore[attr-defined]
            del self.fields["is_active"]
        else:
            del self.fields["unit"]
        if kind == Checklist.Kind.VISIT:
            self.fields["briefing_zh"].help_text = _("Which part the visitor plays, step by step.")


class CheckForm(forms.Form):
    standard = StandardField(
        label=_("Standard"),
        queryset=ServiceStandard.objects.none(),
        required=False,
        empty_label=_("none: in one’s own words"),
    )
    text_zh = text(_("What is looked at (Chinese)"), max_length=300)
    text_en = text(_("What is looked at (English)"), max_length=300)
    step_zh = text(_("Step (Chinese)"), max_length=100)
    step_en = text(_("Step (English)"), max_length=100)
    weight = forms.IntegerField(label=_("Weight"), min_value=1, max_value=100, initial=1)
    scale = forms.ChoiceField(label=_("Answer"), choices=Scale.choices)

    def __init__(
        self, scope: Scope, checklist: Checklist, check: Check | None, *args: Any, **kwargs: Any
    ) -> None:
        if check is not None:
            kwargs["initial"] = {
                "standard": check.standard_id, "weight": check.weight, "scale": check.scale,
                **{f"text_{k}": v for k, v in check.text.items()}, **{f"step_{k}": v for k, v in check.step.items()},
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["standard"].queryset = checklists.standards(scope)  # type: ignore[attr-defined]
        self.fields["text_zh"].help_text = _("Empty: the words of the standard.")
        if checklist.kind == Checklist.Kind.AUDIT:
            del self.fields["step_zh"], self.fields["step_en"]


class TouchpointForm(forms.Form):
    touchpoint = NamedField(label=_("Touchpoint"), queryset=Touchpoint.objects.none())

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["touchpoint"].queryset = checklists.touchpoints(scope)  # type: ignore[attr-defined]


class _PersonOfUnit(forms.Form):
    """Unit first, then who: people are offered for every unit, and the service says when one does not fit."""

    checklist = NamedField(label=_("Checklist"), queryset=Checklist.objects.none())
    unit = UnitField(label=_("Org unit"), queryset=OrgUnit.objects.none())


class AuditForm(_PersonOfUnit):
    auditor = PersonField(label=_("Auditor"), queryset=User.objects.none())
    due_on = day(label=_("Due date"))

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["checklist"].queryset = checklists.checklists(scope, Checklist.Kind.AUDIT, usable=True)
        fields["unit"].queryset = org_units(scope, "standards.edit")
        fields["auditor"].queryset = audits.raters()


class VisitForm(_PersonOfUnit):
    visitor = PersonField(
        label=_("Visitor"),
        queryset=User.objects.none(),
        help_text=_("Somebody the unit does not know as one of its own. Only the visitor is written to."),
    )
    starts_on = day(label=_("First day"))
    ends_on = day(label=_("Last day"))
    appeal_days = forms.IntegerField(
        label=_("Days to appeal"), min_value=1, max_value=90, initial=7,
        help_text=_("How long the unit may object once the result is published."),
    )  # fmt: skip

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["checklist"].label = _("Scenario")
        fields["checklist"].queryset = checklists.checklists(scope, Checklist.Kind.VISIT, usable=True)
        fields["unit"].queryset = visits.plannable(scope)
        fields["visitor"].queryset = audits.raters()
