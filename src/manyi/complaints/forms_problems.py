"""Forms of problems and their eight disciplines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from manyi.complaints import eight_d
from manyi.complaints.forms_listing import DayField, PersonField
from manyi.complaints.models import (
    Cause,
    CauseLink,
    DetectionRule,
    Problem,
    ProblemAction,
    Sameness,
    Step,
    TeamMember,
)
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit, User


def people(unit: OrgUnit) -> QuerySet[User]:
    """Active people of the unit, of those above and of those below it."""
    places = Q(memberships__unit__in=unit.lineage_ids) | Q(memberships__unit__path__startswith=unit.path)
    return User.objects.filter(places, is_active=True).distinct().order_by("name", "username")


class OpenProblemForm(forms.Form):
    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None)
    title = forms.CharField(label=_("Title"), max_length=200)
    numbers = forms.CharField(
        label=_("Complaints"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Their numbers, separated by spaces, commas or lines."),
    )
    same = forms.ChoiceField(
        label=_("Counts as the same"),
        required=False,
        choices=[("", _("Nothing: only complaints put to it by hand")), *Sameness.choices],
        help_text=_("Later complaints that are the same join it, and open it again once it is closed."),
    )

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units

    def clean_numbers(self) -> list[str]:
        text = str(self.cleaned_data["numbers"]).replace(",", " ").replace("，", " ").replace("、", " ")
        return text.split()


class HeaderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    champion = PersonField(label=_("Champion"), queryset=User.objects.none(), required=False)
    leader = PersonField(label=_("Team leader"), queryset=User.objects.none(), required=False)

    class Meta:
        model = Problem
        fields = [
            "title", "champion", "leader", "part_number", "part_name", "drawing", "batch", "quantity",
            "production_site", "customer_reference", "customer_plant", "quiet_days", "target_score",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("champion", "leader"):
            field: Any = self.fields[name]
            field.queryset = people(self.instance.unit)


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TeamMember
        fields = ["name", "function", "contact"]


class StepForm(forms.Form):
    """The texts of one discipline and its date."""

    due_on = DayField(label=_("Due"), required=False)

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{step.code.lower()}-%s", **kwargs})
        self.fields["due_on"].initial = step.due_on
        for field in eight_d.FIELDS[step.code]:
            label = f"{field.label} *" if field.required else field.label
            self.fields[field.name] = forms.CharField(
                label=label, required=False, max_length=4000, initial=step.content.get(field.name, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
        self.order_fields([*(field.name for field in eight_d.FIELDS[step.code]), "due_on"])

    def content(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items() if name != "due_on"}


class CauseForm(forms.Form):
    text = forms.CharField(label=_("Cause"), max_length=300)
    question = forms.ChoiceField(label=_("Question"), choices=Cause.Question.choices)
    branch = forms.ChoiceField(label=_("Branch"), choices=Cause.Branch.choices)
    parent = forms.ModelChoiceField(
        label=_("Explains"), queryset=Cause.objects.none(), required=False,
        empty_label=_("The problem itself (a bone of its own)"),
    )  # fmt: skip

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "cause-%s", **kwargs})
        field: Any = self.fields["parent"]
        field.queryset = problem.causes.order_by("pk")


class RootForm(forms.Form):
    link = forms.ChoiceField(label=_("Where the cause lies"), choices=CauseLink.choices)
    proof = forms.CharField(label=_("How it was proved"), max_length=500)


class ActionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=ProblemAction.Kind.choices)
    text = forms.CharField(label=_("What is done"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    owner = PersonField(label=_("Responsible"), queryset=User.objects.none())
    due_on = DayField(label=_("Due"))

    def __init__(self, *args: Any, problem: Problem, kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"action-{kind}-%s", **kwargs})
        field: Any = self.fields["owner"]
        field.queryset = people(problem.unit)
        if kind:
            self.fields["kind"].initial = kind
            self.fields["kind"].widget = forms.HiddenInput()


class DoneForm(forms.Form):
    evidence = forms.CharField(label=_("Evidence"), max_length=500)
    effectiveness = forms.IntegerField(
        label=_("Effect in per cent"), min_value=0, max_value=100, required=False
    )


class DetectionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None)
    leader = PersonField(
        label=_("Team leader"), queryset=User.objects.filter(is_active=True).order_by("name"), required=False
    )

    class Meta:
        model = DetectionRule
        fields = ["unit", "name", "same", "count", "days", "leader", "active"]

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units

    def _post_clean(self) -> None:
        """The service checks the whole row."""


class CaseCauseForm(forms.Form):
    link = forms.ChoiceField(label=_("Where the cause lies"), choices=CauseLink.choices)
    text = forms.CharField(label=_("Root cause"), max_length=500, required=False)
