"""The form of a wave: what is asked, whom, when, and the mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from manyi.customers.models import Customer
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.surveys import letters
from manyi.surveys.models import Wave
from manyi.surveys.queries import samples, waves

MARGINS = [("0.03", "± 3 %"), ("0.05", "± 5 %"), ("0.1", "± 10 %")]
LISTS = {"tiers": "tier", "segments": "segment", "industries": "industry", "regions": "region"}


def _name(texts: dict[str, str]) -> str:
    short = (get_language() or "zh")[:2]
    return texts.get(short) or texts.get("zh") or texts.get("en") or "–"


def _many(label: Any, **more: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, required=False, widget=widget, **more)


class WaveForm(forms.Form):
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=200, required=False)
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits, - and _, such as 2026-q1.")
    )
    series = forms.SlugField(
        label=_("Series"),
        max_length=40,
        required=False,
        help_text=_("Waves of one series are compared over time."),
    )
    unit = forms.ChoiceField(label=_("For org unit"))
    questionnaire_version = forms.ChoiceField(label=_("Questionnaire"))
    tree_version = forms.ChoiceField(
        label=_("Indicator tree"),
        required=False,
        help_text=_("Empty: the tree the questionnaire was made from."),
    )
    anonymous = forms.BooleanField(
        label=_("Anonymous"),
        required=False,
        help_text=_("Nothing joins an answer to a person; you see totals only. Cannot be changed later."),
    )
    units = _many(_("Only these org units"))
    tiers = _many(_("Customer tiers"), choices=Customer.Tier.choices)
    segments = _many(_("Segments"))
    industries = _many(_("Industries"))
    regions = _many(_("Regions"))
    kinds = _many(_("Kind of customer"), choices=Customer.Kind.choices)
    method = forms.ChoiceField(
        label=_("How many"),
        choices=[
            ("all", _("Everybody")),
            ("random", _("Random sample")),
            ("stratified", _("Sample from each group (stratified)")),
            ("quota", _("A quota for each group")),
        ],
    )
    size = forms.IntegerField(label=_("Sample size"), min_value=1, max_value=10_000_000, required=False)
    by = forms.ChoiceField(label=_("Groups by"), required=False)
    allocation = forms.ChoiceField(
        label=_("Shared out"),
        required=False,
        choices=[("proportional", _("In proportion to the groups")), ("equal", _("Equally"))],
    )
    quotas = forms.CharField(
        label=_("Quotas"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One group a line, such as A=20."),
    )
    margin = forms.ChoiceField(label=_("Wanted precision"), choices=MARGINS, required=False, initial="0.05")
    target = forms.IntegerField(
        label=_("Close at this many answers"), min_value=1, max_value=2_000_000_000, required=False
    )
    complaint_below = forms.IntegerField(
        label=_("Open a complaint below this score"), min_value=1, max_value=100, required=False,
        help_text=_("0–100, such as 50; empty: never. An anonymous wave never does."),
    )  # fmt: skip
    closes_at = forms.DateTimeField(
        label=_("Close at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reminder_days = forms.CharField(
        label=_("Remind after days"),
        required=False,
        max_length=40,
        help_text=_("Such as 3, 7. Empty: never."),
    )
    subject_zh = forms.CharField(label=_("Subject (Chinese)"), max_length=200, required=False)
    subject_en = forms.CharField(label=_("Subject (English)"), max_length=200, required=False)
    message_zh = forms.CharField(
        label=_("Text (Chinese)"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    message_en = forms.CharField(
        label=_("Text (English)"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, *args: Any, scope: Scope, wave: Wave | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Own attributes and single customers come from elsewhere; the form keeps what it does not show.
        kept = wave.audience if wave is not None else {}
        self.kept = {name: kept[name] for name in ("attributes", "customers") if kept.get(name)}
        self.org_units = {str(u.pk): u for u in org_units(scope, "waves.run")}
        self.versions = {str(v.pk): v for v in waves.questionnaires(scope)}
        self.trees = {str(t.pk): t for t in waves.trees(scope)}
        places = [(k, "　" * u.depth + _name(u.name)) for k, u in self.org_units.items()]
        self._choose("unit", places)
        self._choose("units", places)
        self._choose(
            "questionnaire_version",
            [(k, f"{_name(v.questionnaire.name)} v{v.number}") for k, v in self.versions.items()],
        )
        self._choose(
            "tree_version",
            [("", "—"), *((k, f"{_name(t.tree.name)} v{t.number}") for k, t in self.trees.items())],
        )
        known = samples.characteristics(scope)
        for field, fact in LISTS.items():
            if fact in known:
                self._choose(field, [(value, value) for value in known[fact]])
        self._choose(
            "by",
            [
                ("unit", _("Org unit")), ("tier", _("Customer tier")), ("segment", _("Segment")),
                ("industry", _("Industry")), ("region", _("Region")), ("kind", _("Kind of customer")),
                *((f"attributes.{key}", key) for key in samples.attribute_keys(scope)),
            ],
        )  # fmt: skip
        if wave is not None:
            self.fields["code"].disabled = True

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_reminder_days(self) -> list[int]:
        parts = self.cleaned_data["reminder_days"].replace("，", ",").split(",")
        parts = [part.strip() for part in parts if part.strip()]
        if not all(part.isdecimal() and len(part) < 4 for part in parts):
            raise forms.ValidationError(_("Give days as whole numbers with commas between, such as 3, 7."))
        return [int(part) for part in parts]

    def clean_quotas(self) -> dict[str, int]:
        quotas = {}
        for line in self.cleaned_data["quotas"].splitlines():
            if not line.strip():
                continue
            group, _sign, number = line.replace("＝", "=").rpartition("=")
            if not group.strip() or not number.strip().isdecimal() or len(number.strip()) > 7:
                raise forms.ValidationError(
                    _("“%(line)s” is not of the form group=number."), params={"line": line}
                )
            quotas[group.strip()] = int(number)
        return quotas

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("method") in ("random", "stratified") and not data.get("size"):
            self.add_error("size", _("Say how many are to be asked."))
        if data.get("method") == "quota" and not data.get("quotas") and "quotas" not in self.errors:
            self.add_error("quotas", _("Say how many of each group are to be asked."))
        version = self.versions.get(data.get("questionnaire_version", ""))
        if version is not None and not data.get("tree_version") and version.tree_version is None:
            self.add_error("tree_version", _("This questionnaire was not made from a tree: choose one."))
        return data

    def audience(self) -> dict[str, Any]:
        data = self.cleaned_data
        lists = {k: data[k] for k in (*LISTS, "kinds") if data.get(k)}
        units = {"units": [int(u) for u in data["units"]]} if data.get("units") else {}
        return {**units, **lists, **self.kept}

    def sampling(self) -> dict[str, Any]:
        data = self.cleaned_data
        method = data["method"]
        plan: dict[str, Any] = {"method": method}
        if method in ("random", "stratified"):
            plan["size"] = data["size"]
        if method in ("stratified", "quota"):
            plan["by"] = data["by"]
        if method == "stratified":
            plan["allocation"] = data["allocation"] or "proportional"
        if method == "quota":
            plan["quotas"] = data["quotas"]
        return plan

    def values(self) -> dict[str, Any]:
        """What `create_wave` takes, but for code and moment."""
        data = self.cleaned_data
        version = self.versions[data["questionnaire_version"]]
        chosen = self.trees.get(data["tree_version"] or "")
        return {
            "name": {"zh": data["name_zh"], "en": data["name_en"]},
            "series": data["series"],
            "unit": self.org_units[data["unit"]],
            "questionnaire_version": version,
            "tree_version": chosen or version.tree_version,
            "anonymous": data["anonymous"],
            "audience": self.audience(),
            "sampling": self.sampling(),
            "target": data["target"],
            "complaint_below": data["complaint_below"],
            "closes_at": data["closes_at"],
            "reminder_days": data["reminder_days"],
            "subject": {"zh": data["subject_zh"], "en": data["subject_en"]},
            "message": {"zh": data["message_zh"], "en": data["message_en"]},
        }


def initial_of(wave: Wave) -> dict[str, Any]:
    """The form's values of a draft; a mail left empty is shown as it would be sent."""
    plan = wave.sampling
    texts = {
        f"{field}_{language}": getattr(wave, field).get(language) or usual.get(language, "")
        for field, usual in (("name", {}), ("subject", letters.SUBJECT), ("message", letters.MESSAGE))
        for language in ("zh", "en")
    }
    return {
        **texts,
        **{k: wave.audience.get(k, []) for k in (*LISTS, "kinds", "units")},
        "code": wave.code, "series": wave.series, "unit": str(wave.unit_id),
        "questionnaire_version": str(wave.questionnaire_version_id), "tree_version": str(wave.tree_version_id),
        "anonymous": wave.anonymous, "method": plan.get("method", "all"), "size": plan.get("size"),
        "by": plan.get("by", ""), "allocation": plan.get("allocation", ""),
        "quotas": "\n".join(f"{k}={v}" for k, v in plan.get("quotas", {}).items()),
        "target": wave.target, "complaint_below": wave.complaint_below, "closes_at": wave.closes_at,
        "reminder_days": ", ".join(str(d) for d in wave.reminder_days),
    }  # fmt: skip
