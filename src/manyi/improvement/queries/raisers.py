"""Who raised what an action is about: those are told when it has changed (E5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from manyi.complaints.models import Category, Complaint
from manyi.complaints.queries.cases import visible
from manyi.customers.models import Contact
from manyi.improvement.models import Action
from manyi.insights.queries import waves
from manyi.measures.tree import Place, Tree
from manyi.people.models import OrgUnit
from manyi.people.queries import subtree
from manyi.scope import Scope
from manyi.surveys import questionnaire
from manyi.surveys.models import Response, Wave

LOW = 0.5  # a rating at or below the middle of its scale is a complaint about the item
MOST = 5000
WORDS = 300


@dataclass(frozen=True, slots=True)
class Raiser:
    """`words` are the person's own; `source` is 'response:<id>' or 'complaint:<id>'."""

    contact: Contact | None
    name: str
    email: str
    language: str
    source: str
    words: str


def raisers(scope: Scope, action: Action) -> list[Raiser]:
    """Each address once, newest word first; nobody who opted out, and nobody of an anonymous wave."""
    found = _of_wave(scope, action) if action.target == Action.Target.INDICATOR else []
    if action.target == Action.Target.COMPLAINT_RATE or action.finding.source.startswith("complaint:"):
        found = [*_of_complaints(scope, action), *found]
    seen: dict[str, Raiser] = {}
    for raiser in found:
        seen.setdefault(raiser.email.casefold(), raiser)
    return list(seen.values())[:MOST]


def affected(scope: Scope, action: Action) -> list[int]:
    """Customers who rated the item low, as far as the reader may see single responses; none of an anonymous wave."""
    found = {row.customer_id for row, _words in _low_answers(scope, action) if row.customer_id}
    return sorted(found)[:MOST]


def _of_wave(scope: Scope, action: Action) -> list[Raiser]:
    found = []
    for row, words in _low_answers(scope, action):
        contact = row.invitation.contact if row.invitation else row.customer.contacts.first()
        if _may_write(contact):
            found.append(
                Raiser(contact, contact.name, contact.email, row.language, f"response:{row.pk}", words)
            )
    return found


def _low_answers(scope: Scope, action: Action) -> Iterator[tuple[Any, str]]:
    """Answers of the segment that rated the item low, the newest first, with the person's own words."""
    if not scope.may("responses.read"):
        return
    wave = waves(scope).filter(code=action.wave, anonymous=False).first()
    if wave is None:
        return
    tree = Tree.of(wave.tree_version.definition)
    columns = _columns(tree, action.subject)
    answers = scope.limit(
        Response.objects.filter(wave=wave, customer__isnull=False), "responses.read"
    ).select_related("invitation__contact", "customer")
    for name in ("tier", "segment", "language"):
        if action.filters.get(name):
            answers = answers.filter(**{name: action.filters[name]})
    if action.filters.get("unit"):
        unit = OrgUnit.objects.get(pk=int(action.filters["unit"]))
        answers = answers.filter(unit__in=subtree(unit))
    texts = _text_columns(wave)
    for row in answers.order_by("-submitted_at", "pk").iterator(chunk_size=2000):
        if any(_is_low(row.answers.get(column), place, tree) for column, place in columns.items()):
            words = next((str(row.answers[c]) for c in texts if row.answers.get(c)), "")
            yield row, words[:WORDS]


def _columns(tree: Tree, code: str) -> dict[str, Place]:
    """Answer columns of a node and everything below it."""
    wanted = {code}
    found = {}
    for place in tree.nodes():  # parents come before their children
        if place.parent in wanted:
            wanted.add(place.code)
        if place.code in wanted and place.node.column:
            found[place.node.column] = place
    return found


def _is_low(value: object, place: Place, tree: Tree) -> bool:
    scale = tree.scale_of(place.node)
    if not isinstance(value, int | float) or not scale.min <= value <= scale.max or value in scale.missing:
        return False
    share = (value - scale.min) / (scale.max - scale.min)
    return (1 - share if place.node.reversed else share) <= LOW


def _text_columns(wave: Wave) -> list[str]:
    if wave.questionnaire_version is None:
        return []
    form = questionnaire.parse(wave.questionnaire_version.definition)
    return [question.code for question in form.questions() if question.type == "text"]


def _may_write(contact: Contact | None) -> bool:
    return contact is not None and bool(contact.email) and not contact.opted_out_at and not contact.bounced_at


def _of_complaints(scope: Scope, action: Action) -> list[Raiser]:
    rows = visible(scope)
    kind, _colon, key = action.finding.source.partition(":")
    if kind == "complaint" and key.isdigit():
        rows = rows.filter(pk=int(key))
    else:
        top = Category.objects.filter(code=action.subject)
        categories = [*top, *Category.objects.filter(parent__in=top)]
        rows = rows.filter(category__in=categories, unit__in=subtree(action.unit))
        rows = rows.filter(received_at__lt=action.done_at or action.created_at)
    found = []
    for row in rows.select_related("contact").exclude(state="merged").order_by("-received_at")[:MOST]:
        raiser = _complainant(row)
        if raiser:
            found.append(raiser)
    return found


def _complainant(row: Complaint) -> Raiser | None:
    contact = row.contact if _may_write(row.contact) else None
    email = row.email or (contact.email if contact else "")
    if not email or (row.contact and row.contact.opted_out_at):
        return None
    name = row.complainant or (contact.name if contact else "")
    return Raiser(contact, name, email, row.language, f"complaint:{row.pk}", row.title[:WORDS])
