"""The eight disciplines: what each one asks for, and what is missing before it can be signed. Pure.

D4 asks twice, as car makers do: why it happened and why it was not found (VDA 8D; 发生原因、流出原因).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

CODES = ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8")
FEWEST_MEMBERS = 2


@dataclass(frozen=True)
class Field:
    """A text of a discipline. `required` before it can be signed."""

    name: str
    label: Any
    required: bool = False


FIELDS: dict[str, tuple[Field, ...]] = {
    "D1": (),
    "D2": (
        Field("what", gettext_lazy("What is wrong, with which object?"), True),
        Field("where", gettext_lazy("Where was it found?"), True),
        Field("when", gettext_lazy("When, and since when?"), True),
        Field("who", gettext_lazy("Who found it, who is affected?")),
        Field("how_many", gettext_lazy("How many, how often?"), True),
        Field("why", gettext_lazy("Why does it matter (safety, function, law)?")),
        Field("how", gettext_lazy("How does it show, under which conditions?")),
        Field("is_not", gettext_lazy("What, where and when is it not?")),
    ),
    "D3": (
        Field("effect", gettext_lazy("How do we know that customers are protected?"), True),
        Field("clean_from", gettext_lazy("First clean delivery (date, marking)")),
        Field("none_needed", gettext_lazy("No containment needed because")),
    ),
    "D4": (Field("method", gettext_lazy("How the causes were found")),),
    "D5": (
        Field("choice", gettext_lazy("Why these actions, and how was their effect proved beforehand?"), True),
    ),
    "D6": (
        Field("validation", gettext_lazy("How was the effect shown in practice?"), True),
        Field("containment_ended", gettext_lazy("Containment lifted on, by whom")),
    ),
    "D7": (
        Field("fmea", gettext_lazy("FMEA changed")),
        Field("control_plan", gettext_lazy("Control plan changed")),
        Field("instructions", gettext_lazy("Work instructions and standards changed")),
        Field("lessons", gettext_lazy("Where else could it happen, and who has been told?"), True),
    ),
    "D8": (
        Field("customer_feedback", gettext_lazy("What the customer said")),
        Field("recognition", gettext_lazy("Conclusion and thanks to the team"), True),
    ),
}


@dataclass(frozen=True)
class Facts:
    """What is recorded besides the texts; `roots` holds the questions of D4 that have a proved root cause."""

    leader: bool = False
    members: int = 0
    containment: int = 0
    containment_done: int = 0
    roots: frozenset[str] = frozenset()
    corrective: int = 0
    corrective_done: int = 0
    preventive: int = 0
    preventive_done: int = 0


def missing(code: str, content: Mapping[str, str], facts: Facts) -> list[str]:
    """What has to be there before the discipline can be signed; empty when nothing is missing."""
    lacking = [
        _("“%(field)s” is empty.") % {"field": field.label}
        for field in FIELDS[code]
        if field.required and not content.get(field.name, "").strip()
    ]
    match code:
        case "D1":
            if not facts.leader:
                lacking.append(_("Name the team leader."))
            if facts.members < FEWEST_MEMBERS:
                lacking.append(_("Name at least two members of the team."))
        case "D3":
            if not facts.containment and not content.get("none_needed", "").strip():
                lacking.append(_("Add a containment action, or say why none is needed."))
            lacking += _undone(facts.containment - facts.containment_done)
        case "D4":
            if "occurrence" not in facts.roots:
                lacking.append(_("Mark the proved root cause of why it happened."))
            if "escape" not in facts.roots:
                lacking.append(_("Mark the proved root cause of why it was not found."))
        case "D5":
            if not facts.corrective:
                lacking.append(_("Add a corrective action."))
        case "D6":
            lacking += _undone(facts.corrective - facts.corrective_done)
        case "D7":
            documents = any(content.get(f, "").strip() for f in ("fmea", "control_plan", "instructions"))
            if not facts.preventive and not documents:
                lacking.append(_("Add a preventive action, or name the documents that were changed."))
            lacking += _undone(facts.preventive - facts.preventive_done)
    return lacking


def _undone(count: int) -> list[str]:
    if not count:
        return []
    return [ngettext("%(n)s action is not done.", "%(n)s actions are not done.", count) % {"n": count}]


def before(code: str) -> tuple[str, ...]:
    """The disciplines that have to be signed first."""
    return CODES[: CODES.index(code)]
