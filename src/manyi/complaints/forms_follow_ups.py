"""Forms of follow-ups: what the customer said, and the rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import FollowUp, FollowUpPolicy, Severity
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit

TIERS = ("A", "B", "C", "D", "")
SCORES = [
    ("5", _("5 – very satisfied")),
    ("4", "4"),
    ("3", "3"),
    ("2", "2"),
    ("1", _("1 – very dissatisfied")),
]


class OutcomeForm(forms.Form):
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[
            (FollowUp.Result.SATISFIED, FollowUp.Result.SATISFIED.label),
            (FollowUp.Result.DISSATISFIED, FollowUp.Result.DISSATISFIED.label),
        ],
        widget=forms.RadioSelect,
    )
    score = forms.TypedChoiceField(label=_("Score"), choices=SCORES, coerce=int, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("What the customer said"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when dissatisfied: the complaint opens again with these words."),
    )


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Delays and shares are single fields here and mappings in the table."""

    team = UnitChoiceField(
        label=_("Team"), queryset=OrgUnit.objects.filter(active=True).order_by("path"), required=False
    )
    script_zh = forms.CharField(
        label=_("Call script (Chinese)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 7})
    )
    script_en = forms.CharField(
        label=_("Call script (English)"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_(
            "{name}, {organisation}, {title}, {number}, {closed} and {resolution} are filled in for each call."
        ),
    )

    class Meta:
        model = FollowUpPolicy
        fields = [
            "business_days", "second_days", "seed", "max_attempts", "caller", "team", "wave_code", "ask_first",
            "satisfied_from",
        ]  # fmt: skip
        help_texts = {
            "seed": _("Another number draws another sample; the same one draws the same again."),
            "wave_code": _(
                "The questionnaire goes to the contact by this open, personal wave; its answer ends the follow-up."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        for severity in Severity:
            self.fields[f"first_{severity.value}"] = forms.IntegerField(
                label=severity.label,
                min_value=0,
                max_value=365,
                initial=row.first_days.get(severity.value, 3),
            )
        for tier in TIERS:
            self.fields[f"share_{tier or 'none'}"] = forms.IntegerField(
                label=_("Tier %(tier)s (%%)") % {"tier": tier} if tier else _("No tier (%)"),
                min_value=0,
                max_value=100,
                initial=round(100 * float(row.second_share.get(tier, 0))),
            )
        self.fields["script_zh"].initial = row.script.get("zh", "")
        self.fields["script_en"].initial = row.script.get("en", "")

    def _post_clean(self) -> None:
        """The service checks the whole row."""

    @property
    def delays(self) -> list[forms.BoundField]:
        return [self[f"first_{severity.value}"] for severity in Severity]

    @property
    def shares(self) -> list[forms.BoundField]:
        return [self[f"share_{tier or 'none'}"] for tier in TIERS]

    def rules(self) -> dict[str, Any]:
        """What `services.follow_ups.set_policy` takes."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in self.Meta.fields},
            "first_days": {severity.value: data[f"first_{severity.value}"] for severity in Severity},
            "second_share": {tier: data[f"share_{tier or 'none'}"] / 100 for tier in TIERS},
            "script": {"zh": data["script_zh"], "en": data["script_en"]},
        }


class UnitForm(forms.Form):
    """Which unit's rules."""

    unit = UnitChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units
