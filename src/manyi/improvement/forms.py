"""Forms of the improvement loop."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import Category
from manyi.improvement.models import Action, Finding
from manyi.insights.queries import waves
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard
from manyi.surveys.models import Wave
from manyi.web.templatetags.web import localised

NEWEST = 3  # finished waves whose items may be chosen


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: OrgUnit) -> str:
        return f"{'　' * obj.depth}{localised(obj.name)}"


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name()


def day(**more: Any) -> forms.DateField:
    """A date input; browsers take the value as year-month-day in every language."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


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
    """`figure` is 'kind:…' of what is to move, where the finding is not about a node of a wave itself."""

    title = forms.CharField(label=_("What is done"), max_length=200)
    owner = PersonField(label=_("Owner"), queryset=User.objects.none())
    starts_on = day(label=_("Start"))
    due_on = day(label=_("Due date"))
    figure = forms.ChoiceField(label=_("The figure this action is to move"))
    target_value = forms.FloatField(
        label=_("Target value"),
        required=False,
        help_text=_("Where the figure should get to. Empty: any clear improvement counts."),
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
            del self.fields["figure"]
            return
        self.fields["figure"].choices = figures_to_move(scope)  # type: ignore[attr-defined]
        evidence = finding.evidence
        if evidence.get("category"):
            self.initial.setdefault("figure", f"complaint_rate:{evidence['category']}")
        elif evidence.get("standard"):
            self.initial.setdefault("figure", f"standard:{evidence['standard']}")

    def target(self, finding: Finding) -> dict[str, Any]:
        """What `services.actions.plan` takes to know the figure."""
        evidence = finding.evidence
        if evidence.get("node"):
            filters = evidence.get("filters", {})
            return {"target": Action.Target.INDICATOR, "subject": evidence["node"], "wave": evidence["wave"], "filters": filters}  # fmt: skip
        target, _colon, rest = str(self.cleaned_data["figure"]).partition(":")
        wave, _colon, node = rest.partition(":") if target == Action.Target.INDICATOR else ("", "", rest)
        return {"target": target, "subject": node, "wave": wave}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, due = cleaned.get("starts_on"), cleaned.get("due_on")
        if isinstance(starts, date) and isinstance(due, date) and due < starts:
            self.add_error("due_on", _("The due date is before the start."))
        return cleaned


def figures_to_move(scope: Scope) -> list[Any]:
    """Complaint categories, service standards and the nodes of the newest finished waves, in groups."""
    categories = [
        (f"complaint_rate:{row.code}", localised(row.name) or row.code)
        for row in Category.objects.filter(active=True)
    ]
    standards = [
        (f"standard:{row.code}", localised(row.name) or row.code)
        for row in ServiceStandard.objects.filter(is_active=True)
    ]
    groups: list[Any] = [
        (_("Complaints of a category should become fewer"), categories),
        (_("A service standard"), standards),
    ]
    for wave in waves(scope).filter(state=Wave.State.CLOSED).order_by("-closed_at", "-pk")[:NEWEST]:
        places = Tree.of(wave.tree_version.definition).nodes()
        nodes = [
            (f"indicator:{wave.code}:{place.code}", localised(place.node.name) or place.code)
            for place in places
        ]
        groups.append((localised(wave.name), nodes))
    return [("", "—"), *(group for group in groups if group[1])]


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


class StandardField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: ServiceStandard) -> str:
        return localised(obj.name) or obj.code


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name()


class PublishForm(forms.Form):
    """To whom a new process is published, and which service standard it serves."""

    people = PeopleField(
        label=_("Who works by it"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    standard = StandardField(
        label=_("Service standard it serves"), queryset=ServiceStandard.objects.none(), required=False
    )

    def __init__(self, action: Action, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = candidates(action.unit)  # type: ignore[attr-defined]
        self.fields["standard"].queryset = ServiceStandard.objects.filter(is_active=True)  # type: ignore[attr-defined]


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
