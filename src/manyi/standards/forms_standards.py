"""Forms of service standards: the list's filter, one standard."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.people.forms import BilingualForm, UnitChoice
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.standards import sources
from manyi.standards.forms_touchpoints import CODE_HELP
from manyi.standards.models import ServiceStandard, Touchpoint
from manyi.standards.period import LENGTHS, USUAL, Period, months, period
from manyi.standards.queries import standards as queries
from manyi.standards.queries import touchpoints
from manyi.standards.status import Status
from manyi.web.templatetags.web import localised

Source = ServiceStandard.Source
_LAST = {"30": _("Last 30 days"), "90": _("Last 90 days"), "365": _("Last 12 months")}


class LookForm(forms.Form):
    """Which unit and days are looked at; a value that is no choice is left out."""

    unit = UnitChoice(label=_("Org unit"), queryset=OrgUnit.objects.none(), required=False, empty_label=None)
    period = forms.ChoiceField(label=_("Period"), required=False)

    def __init__(self, data: Any, *, scope: Scope, today: date) -> None:
        self.units, self.today = queries.units(scope), today
        first = self.units.first()
        # The usual ones are filled in, so that the fields say what is looked at.
        usual = {"period": USUAL, "unit": str(first.pk) if first else "", "status": ""}
        super().__init__({name: data.get(name) or value for name, value in usual.items()})
        self.fields["unit"].queryset = self.units  # type: ignore[attr-defined]
        back = [(part.key, part.key) for part in reversed(months(today))]
        self.fields["period"].choices = [*((key, _LAST[key]) for key in LENGTHS), *back]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def unit_chosen(self) -> OrgUnit | None:
        """The chosen unit, the topmost of the reader's by default; None for somebody without any."""
        return self.cleaned_data.get("unit") or self.units.first()

    @property
    def period_chosen(self) -> Period:
        return period(self.cleaned_data.get("period") or USUAL, self.today)


class ListForm(LookForm):
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *Status.choices])


class TouchpointChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{localised(obj.stage.name)} › {localised(obj.name)}"


class StandardForm(BilingualForm):
    """`measured_by` and each of `also` is 'source:subject'."""

    name_zh = forms.CharField(label=_("Standard (Chinese)"), max_length=200)
    name_en = forms.CharField(label=_("Standard (English)"), max_length=200)
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=CODE_HELP)
    touchpoint = TouchpointChoice(label=_("Touchpoint"), queryset=Touchpoint.objects.none())
    kind = forms.ChoiceField(
        label=_("Hard or soft"), choices=ServiceStandard.Kind.choices,
        help_text=_("Hard: counted or timed. Soft: how customers experience it."),
    )  # fmt: skip
    measured_by = forms.ChoiceField(label=_("Measured by"))
    better = forms.ChoiceField(label=_("Direction"), choices=ServiceStandard.Better.choices)
    target = forms.FloatField(
        label=_("Target"),
        min_value=0,
        max_value=100,
        help_text=_("In per cent, or in points of 0–100 for an item of a survey."),
    )
    tolerance = forms.FloatField(
        label=_("Tolerance"), min_value=0, max_value=100, initial=0,
        help_text=_("What falls short of the target by no more than this is watched, not missed."),
    )  # fmt: skip
    training_zh = forms.CharField(label=_("Training topic (Chinese)"), required=False, max_length=200)
    training_en = forms.CharField(label=_("Training topic (English)"), required=False, max_length=200)
    also = forms.MultipleChoiceField(
        label=_("Also looked at by"), required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Shown beside; it does not decide. Of each source the last one chosen counts."),
    )  # fmt: skip
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(
        self, data: Any, *, scope: Scope, standard: ServiceStandard | None = None, **options: Any
    ) -> None:
        initial: dict[str, Any] = dict(options.pop("initial", {}))
        if standard is not None:
            for language in ("zh", "en"):
                initial[f"name_{language}"] = standard.name.get(language, "")
                initial[f"training_{language}"] = standard.training.get(language, "")
            for name in ("touchpoint", "kind", "better", "target", "tolerance"):
                initial[name] = getattr(standard, name)
            initial["measured_by"] = f"{standard.source}:{standard.subject}"
            initial["also"] = [f"{source}:{subject}" for source, subject in standard.also.items()]
            initial["active"] = standard.is_active
        super().__init__(data, initial=initial, **options)
        fields: dict[str, Any] = self.fields
        units = scope.units_for(touchpoints.EDIT)
        rows = touchpoints.touchpoints(scope)
        fields["touchpoint"].queryset = rows if units is None else rows.filter(unit__in=units)
        offered = _measures(scope)
        kept = [initial["measured_by"], *initial["also"]] if standard else []
        fields["measured_by"].choices = fields["also"].choices = _with(offered, kept)
        if standard is not None:
            del self.fields["code"]

    field_order = ("code", "name_zh", "name_en")

    def fill(self, standard: ServiceStandard) -> ServiceStandard:
        data = self.cleaned_data
        standard.name = self.name()
        standard.training = {"zh": data["training_zh"], "en": data["training_en"]}
        for name in ("touchpoint", "kind", "better", "target", "tolerance"):
            setattr(standard, name, data[name])
        standard.source, _colon, standard.subject = data["measured_by"].partition(":")
        standard.also = {}
        for key in data["also"]:
            source, _colon, subject = key.partition(":")
            standard.also[source] = subject
        standard.is_active = data["active"]
        standard.code = data.get("code") or standard.code
        return standard


Groups = list[tuple[str, list[tuple[str, str]]]]


def _measures(scope: Scope) -> Groups:
    """Every source with what it measures, as groups of a select."""
    groups: Groups = []
    for source in Source:
        found = sources.subjects(scope, source)
        if found is None:
            found = [("", gettext("This standard"))]
        if found:
            groups.append((str(source.label), [(f"{source}:{key}", label) for key, label in found]))
    return groups


def _with(groups: Groups, kept: list[str]) -> Groups:
    """The groups with what the standard has already, even where its source does not offer it any more."""
    offered = {key for _label, options in groups for key, _name in options}
    gone = [(key, key) for key in kept if key not in offered]
    return [*groups, (gettext("Not offered any more"), gone)] if gone else groups
