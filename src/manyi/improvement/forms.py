"""Forms of the improvement loop."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import Category
from manyi.improvement.models import Action, Finding
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.templatetags.web import localised


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: OrgUnit) -> str:
        return f"{'　' * obj.depth}{localised(obj.name)}"


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name()


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Category) -> str:
        return localised(obj.name)


def day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more)


class FindingForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Finding
        fields = ("title", "unit", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        field_classes = {"unit": UnitField}

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = org_units(scope, "improvement.edit")  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ActionForm(forms.Form):
    """`figure` is the node of the wave that the finding is about, or empty: then complaints of a category."""

    title = forms.CharField(label=_("What is done"), max_length=200)
    owner = PersonField(label=_("Owner"), queryset=User.objects.none())
    starts_on = day(label=_("Start"))
    due_on = day(label=_("Due date"))
    target_value = forms.FloatField(
        label=_("Target value"),
        required=False,
        help_text=_("Where the figure should get to. Empty: any clear improvement counts."),
    )
    category = CategoryField(
        label=_("Complaints of which category should become fewer?"), queryset=Category.objects.none()
    )
    cost = forms.DecimalField(label=_("Cost"), required=False, min_value=0, max_digits=14, decimal_places=2)
    resources = forms.CharField(
        label=_("Resources"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    corrective = forms.CharField(
        label=_("Corrective action"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What removes the cause that is there."),
    )
    preventive = forms.CharField(
        label=_("Preventive action"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What keeps it from happening again, here and elsewhere."),
    )

    def __init__(self, scope: Scope, finding: Finding, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = candidates(finding.unit)  # type: ignore[attr-defined]
        if finding.evidence.get("node"):
            del self.fields["category"]
        else:
            categories = Category.objects.filter(active=True)
            self.fields["category"].queryset = categories  # type: ignore[attr-defined]
            known = categories.filter(code=finding.evidence.get("category", "")).first()
            self.initial.setdefault("category", known)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, due = cleaned.get("starts_on"), cleaned.get("due_on")
        if isinstance(starts, date) and isinstance(due, date) and due < starts:
            self.add_error("due_on", _("The due date is before the start."))
        return cleaned


def candidates(unit: OrgUnit) -> Any:
    """Active people with a role at the unit, above it or below it."""
    lineage = unit.lineage_ids
    found = User.objects.filter(is_active=True)
    near = found.filter(memberships__unit__in=lineage) | found.filter(
        memberships__unit__path__startswith=unit.path
    )
    return near.distinct().order_by("name", "username")


class TaskForm(forms.Form):
    title = forms.CharField(label=_("Task"), max_length=200)
    assignee = PersonField(label=_("Who"), queryset=User.objects.none(), required=False)
    starts_on = day(label=_("Start"))
    due_on = day(label=_("Due date"))

    def __init__(self, action: Action, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = candidates(action.unit)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, due = cleaned.get("starts_on"), cleaned.get("due_on")
        if isinstance(starts, date) and isinstance(due, date) and due < starts:
            self.add_error("due_on", _("The due date is before the start."))
        return cleaned


class DecisionForm(forms.Form):
    """Criteria and options one a line: 'name, weight' and 'name, effort, gain'."""

    question = forms.CharField(label=_("What is to be decided"), max_length=200)
    unit = UnitField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    criteria = forms.CharField(
        label=_("Criteria with their weights"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line: name, weight. The weights must sum to 100."),
    )
    options = forms.CharField(
        label=_("Options"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "One a line: name, effort from 1 to 5, expected gain in points (the last two may be left out)."
        ),
    )

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = org_units(scope, "improvement.edit")  # type: ignore[attr-defined]

    def clean_criteria(self) -> list[tuple[str, int]]:
        found = []
        for number, parts in _lines(self.cleaned_data["criteria"]):
            if len(parts) != 2 or not parts[1].rstrip("%").strip().isdigit():
                raise forms.ValidationError(
                    _("Line %(line)s: write a name, a comma and a whole number."), params={"line": number}
                )
            found.append((parts[0], int(parts[1].rstrip("%"))))
        return found

    def clean_options(self) -> list[dict[str, Any]]:
        found = []
        for number, parts in _lines(self.cleaned_data["options"]):
            option: dict[str, Any] = {"name": parts[0]}
            try:
                if len(parts) > 1:
                    option["effort"] = int(parts[1])
                if len(parts) > 2:
                    option["expected_gain"] = float(parts[2])
            except ValueError:
                option["effort"] = 0
            if len(parts) > 3 or not 1 <= option.get("effort", 3) <= 5:
                raise forms.ValidationError(
                    _(
                        "Line %(line)s: write a name, then effort from 1 to 5 and the gain, with commas between."
                    ),
                    params={"line": number},
                )
            found.append(option)
        return found


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Numbered lines that are not empty, cut at commas of either script."""
    lines = enumerate(text.replace("，", ",").splitlines(), start=1)
    return [(n, [part.strip() for part in line.split(",")]) for n, line in lines if line.strip()]


class AnnouncementForm(forms.Form):
    said_zh = forms.CharField(label=_("You said (Chinese)"), widget=forms.Textarea(attrs={"rows": 2}))
    said_en = forms.CharField(label=_("You said (English)"), widget=forms.Textarea(attrs={"rows": 2}))
    did_zh = forms.CharField(label=_("We did (Chinese)"), widget=forms.Textarea(attrs={"rows": 3}))
    did_en = forms.CharField(label=_("We did (English)"), widget=forms.Textarea(attrs={"rows": 3}))
    public = forms.BooleanField(
        label=_("On the public page “You said, we did”"), required=False, initial=True
    )
    tell = forms.BooleanField(label=_("Write to those who raised it"), required=False, initial=True)
