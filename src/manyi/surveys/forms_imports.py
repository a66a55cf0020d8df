"""Forms of the wave import: the upload, and what a person says about the file's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manyi.customers import forms as customers
from manyi.measures.errors import MeasureError
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.surveys import exchange, mapping
from manyi.surveys.mapping import WaveMap
from manyi.web.templatetags.web import localised

ROLE_LABELS = {
    "group": _("Group (to compare by)"),
    "text": _("Free text"),
    "unit": _("Org unit"),
    "segment": _("Segment"),
    "tier": _("Customer tier (A–D)"),
    "date": _("Date of the answer"),
    "weight": _("Weight"),
    "id": _("Id (checked for doubles, not stored)"),
}
BUILT, FROM_FILE = "+built", "+file"


class UploadForm(customers.UploadForm):
    """The same upload as of a customer list, with a sheet."""

    sheet = forms.CharField(
        label=_("Sheet"), required=False, max_length=100, help_text=_("XLSX only; empty means the first sheet.")
    )  # fmt: skip

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, units=units, **kwargs)
        self.fields["unit"].help_text = _("Responses belong to this unit unless a column names another.")


class WaveForm(forms.Form):
    """The wave and how its answers are measured; the columns are read by `chosen`."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)
    date = forms.DateField(
        label=_("Date of the wave"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For responses without a date of their own."),
    )  # fmt: skip
    series = forms.SlugField(
        label=_("Series"), max_length=40, required=False,
        help_text=_("Waves of one series are compared over time."),
    )  # fmt: skip
    tree = forms.ChoiceField(
        label=_("Indicator tree"), widget=forms.Select(attrs={"data-autosubmit": ""}),
        help_text=_("A published tree, or a new one made of the rating columns below."),
    )  # fmt: skip
    tree_file = forms.FileField(
        label=_("Or a tree file"), required=False, widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"}),
        help_text=_("TREE.yaml; it takes the place of the choice above."),
    )  # fmt: skip
    scale_min = forms.FloatField(label=_("Lowest answer in the file"), required=False)
    scale_max = forms.FloatField(label=_("Highest answer in the file"), required=False)
    missing = forms.CharField(
        label=_("Stands for “no answer”"), required=False, max_length=500,
        help_text=_("Separated by commas, for example 0, 99, NA. Empty cells always do."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, current: WaveMap, tree: Tree | None, trees: Mapping[str, str], **kwargs: Any
    ) -> None:
        built = isinstance(current.tree, Mapping)
        scale = current.scale or ((tree.scale.min, tree.scale.max) if tree else (1, 5))
        kwargs.setdefault(
            "initial",
            {
                "name_zh": current.name.get("zh"), "name_en": current.name.get("en"), "date": current.date,
                "series": current.series, "tree": (FROM_FILE if not is_built(current.tree) else BUILT) if built else current.tree or BUILT,
                "scale_min": f"{scale[0]:g}", "scale_max": f"{scale[1]:g}", "missing": ", ".join(current.missing),
            },
        )  # fmt: skip
        super().__init__(*args, **kwargs)
        own = [(FROM_FILE, gettext("The uploaded tree file"))] if built and not is_built(current.tree) else []
        choices = [(BUILT, gettext("A new tree of the rating columns")), *own, *trees.items()]
        self.fields["tree"].choices = choices  # type: ignore[attr-defined]
        self.current = current

    def clean_date(self) -> str:
        return str(self.cleaned_data["date"].isoformat())

    def clean_tree_file(self) -> dict[str, Any] | None:
        file = self.cleaned_data["tree_file"]
        if not file:
            return None
        if file.size > exchange.MAX_BYTES:
            raise ValidationError(gettext("A tree file has at most 1 MB."))
        try:
            return exchange.load_tree(file.read())
        except (MeasureError, exchange.ExchangeError) as error:
            text = gettext(error.template)
            raise ValidationError(text.format(**error.params) if error.params else text) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high = data.get("scale_min"), data.get("scale_max")
        if low is not None and high is not None and low >= high:
            self.add_error("scale_max", mapping.MappingError("scale").texts[_short()])
        return data


def _short() -> str:
    from django.utils.translation import get_language

    return (get_language() or "zh")[:2]


def is_built(tree: Any) -> bool:
    """Whether a tree was built from columns here (its items are q1, q2 …), not uploaded."""
    codes = [code for node in dict(tree).get("tree", []) for code in _leaf_codes(node)]
    return all(code[:1] == "q" and code[1:].isdigit() for code in codes)


def _leaf_codes(node: Mapping[str, Any]) -> list[str]:
    children = node.get("children")
    return [c for child in children for c in _leaf_codes(child)] if children else [str(node.get("code"))]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file on the page. `role` is 'item', 'item:<answer column>', another role or ''."""

    number: int
    profile: mapping.Profile
    role: str
    dimension: str
    reversed: bool


def column_rows(
    found: list[mapping.Profile], current: WaveMap, post: QueryDict | None = None
) -> list[ColumnRow]:
    """The columns as stored, or, where a form is shown again for its errors, as just posted."""
    if post is not None:
        return [
            ColumnRow(
                i,
                p,
                post.get(f"role-{i}", ""),
                post.get(f"dimension-{i}", ""),
                bool(post.get(f"reversed-{i}")),
            )
            for i, p in enumerate(found)
        ]
    roles = {name: role for role, name in current.single.items()}
    roles |= dict.fromkeys(current.groups, "group") | dict.fromkeys(current.texts, "text")
    built = isinstance(current.tree, Mapping) and is_built(current.tree)
    roles |= {name: "item" if built else f"item:{target}" for name, target in current.items.items()}
    names = dimensions(current.tree) if built else {}
    return [
        ColumnRow(i, p, roles.get(p.name, ""), names.get(p.name, ""), p.name in current.reversed)
        for i, p in enumerate(found)
    ]


def dimensions(tree: Any) -> dict[str, str]:
    """Column → name of its dimension, of a tree built here."""
    return {
        leaf["column"]: localised(node["name"])
        for node in tree.get("tree", []) for leaf in node.get("children", [])
    }  # fmt: skip


def doubled(post: QueryDict, names: tuple[str, ...]) -> str:
    """The label of a role that only one column may have but two were given, or ""."""
    roles = [post.get(f"role-{i}", "") for i in range(len(names))]
    return next((str(ROLE_LABELS[role]) for role in mapping.SINGLE if roles.count(role) > 1), "")


def chosen(form: WaveForm, post: QueryDict, names: tuple[str, ...], trees: Mapping[str, Tree]) -> WaveMap:
    """The mapping a valid form and the selects of its columns say; a changed tree is matched anew."""
    data, current = form.cleaned_data, form.current
    roles = {name: post.get(f"role-{i}", "") for i, name in enumerate(names)}
    single: dict[str, str] = {}
    for name, role in roles.items():
        if role in mapping.SINGLE:
            single.setdefault(role, name)
    missing = data["missing"].replace("，", ",").replace("、", ",").split(",")
    result = replace(
        current,
        name={"zh": data["name_zh"], "en": data["name_en"]},
        date=data["date"],
        series=data["series"],
        missing=tuple(dict.fromkeys(text.strip() for text in missing if text.strip())),
        groups=tuple(name for name, role in roles.items() if role == "group"),
        texts=tuple(name for name, role in roles.items() if role == "text"),
        single=single,
    )
    given = (data["scale_min"], data["scale_max"])
    scale = (float(given[0]), float(given[1])) if None not in given else None
    marked = [name for name, role in roles.items() if role.split(":")[0] == "item"]
    if data["tree_file"] or data["tree"] not in (BUILT,):
        tree = data["tree_file"] or (current.tree if data["tree"] == FROM_FILE else data["tree"])
        found = trees[tree] if isinstance(tree, str) else Tree.from_dict(tree)
        if tree == current.tree:
            items = {n: role[5:] for n, role in roles.items() if role.startswith("item:")}
        else:
            items = mapping.matches(names, found)
            scale = None
        own = (found.scale.min, found.scale.max)
        rest = set(items)
        result = replace(
            result, tree=tree, items=items, scale=None if scale == own else scale,
            groups=tuple(n for n in result.groups if n not in rest),
            texts=tuple(n for n in result.texts if n not in rest),
            single={r: n for r, n in single.items() if n not in rest},
        )  # fmt: skip
    else:
        groups = {
            n: post.get(f"dimension-{i}", "").replace("\0", "").strip()[:100]
            for i, n in enumerate(names)
            if n in marked
        }
        title = {"zh": result.name["zh"], "en": result.name["en"]}
        built = mapping.build_tree(title, scale or (1.0, 5.0), groups) if groups else ""
        result = replace(result, tree=built, items={n: n for n in marked}, scale=None)
    turned = tuple(n for i, n in enumerate(names) if post.get(f"reversed-{i}") and n in result.items)
    return replace(result, reversed=turned)
