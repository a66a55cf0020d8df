"""Who would be asked: the population of a wave split into those invited and those not, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit
from manyi.people.services import first_moment, organisation
from manyi.scope import Scope
from manyi.surveys.audience import Audience, Candidate, Reach, judge
from manyi.surveys.models import Wave
from manyi.surveys.sampling import Advice, Plan, advise, draw

#: Share of those invited who answer, where no earlier wave of the series says otherwise.
USUAL_RATE = 0.3
#: What one mail server takes without complaint; only used to say when the last mail will be out.
MAILS_PER_MINUTE = 300


@dataclass(frozen=True, slots=True)
class Chosen:
    candidate: Candidate
    contact: Reach
    weight: float


@dataclass(frozen=True, slots=True)
class Partition:
    """Every customer of the unit's subtree stands in exactly one of the two lists."""

    chosen: list[Chosen]
    left: list[tuple[Candidate, str]]
    strata: dict[str, tuple[int, int]]

    @property
    def eligible(self) -> int:
        """How many could have been asked: N of the sample."""
        return sum(size for size, _ in self.strata.values())


@dataclass(frozen=True, slots=True)
class Preview:
    population: int
    eligible: int
    asked: int
    reasons: list[tuple[str, int]]
    strata: list[tuple[str, int, int]]
    advice: Advice | None
    first_mail_at: datetime
    last_mail_at: datetime


def candidates(unit: OrgUnit, *, only: int | None = None) -> Iterator[Candidate]:
    """Customers of the unit and below, with their contacts (main contact first), in order of their id.

    `only` names a single customer.
    """
    one = {} if only is None else {"customer_id": only}
    lineages = {
        row.pk: frozenset(row.lineage_ids) for row in OrgUnit.objects.filter(path__startswith=unit.path)
    }
    reaches: dict[int, list[Reach]] = {}
    for contact in (
        Contact.objects.filter(customer__unit__path__startswith=unit.path, **one)
        .order_by("customer_id", "-is_primary", "pk")
        .values("pk", "customer_id", "email", "language", "opted_out_at", "bounced_at", "last_invited_at")
        .iterator(chunk_size=5000)
    ):
        reaches.setdefault(contact["customer_id"], []).append(
            Reach(
                id=contact["pk"],
                email=contact["email"],
                language=contact["language"],
                opted_out=contact["opted_out_at"] is not None,
                bounced=contact["bounced_at"] is not None,
                last_invited_at=contact["last_invited_at"],
            )
        )
    rows = Customer.objects.filter(unit__path__startswith=unit.path).order_by("pk")
    if only is not None:
        rows = rows.filter(pk=only)
    names = ("kind", "tier", "segment", "industry", "region", "attributes", "active", "unit_id", "owner_id")
    for row in rows.values("pk", *names).iterator(chunk_size=5000):
        key = row.pop("pk")
        yield Candidate(id=key, lineage=lineages[row["unit_id"]], contacts=reaches.get(key, ()), **row)


def partition(
    *, unit: OrgUnit, audience: Audience, plan: Plan, seed: int, fatigue_days: int, at: datetime
) -> Partition:
    """Split the population of a wave. The seed is the wave's, so a preview shows what opening will do."""
    asked_since = at - timedelta(days=fatigue_days) if fatigue_days else None
    eligible: dict[int, tuple[Candidate, Reach]] = {}
    left: list[tuple[Candidate, str]] = []
    for candidate in candidates(unit):
        verdict = judge(candidate, audience, asked_since=asked_since)
        if verdict.contact is None:
            left.append((candidate, verdict.reason))
        else:
            eligible[candidate.id] = (candidate, verdict.contact)
    drawn = draw(
        ((key, candidate.fact(plan.by) if plan.by else "") for key, (candidate, _) in eligible.items()),
        plan,
        seed=seed,
    )
    left += [(eligible[key][0], reason) for key, reason in drawn.left.items()]
    chosen = [Chosen(*eligible[key], weight) for key, weight in drawn.chosen.items()]
    return Partition(chosen, left, dict(drawn.strata))


def usual_rate(series: str) -> float:
    """Share of those invited who answered the last closed wave of the series, else USUAL_RATE."""
    last = (
        Wave.objects.filter(series=series, state=Wave.State.CLOSED).order_by("-closed_at").first()
        if series
        else None
    )
    if last is None:
        return USUAL_RATE
    invited = last.invitations.count()
    answered = last.invitations.filter(answered=True).count()
    return max(answered / invited, 0.01) if invited and answered else USUAL_RATE


def preview(
    scope: Scope,
    *,
    unit: OrgUnit,
    audience: Audience,
    plan: Plan,
    seed: int,
    series: str,
    margin: float,
    at: datetime,
) -> Preview:
    """What opening a wave now would do (right `waves.run` at the unit).

    :param margin: wanted half width of the 95 % interval of a share, 0 < margin < 0.5.
    """
    scope.require("waves.run", unit.pk)
    split = partition(
        unit=unit,
        audience=audience,
        plan=plan,
        seed=seed,
        fatigue_days=organisation().fatigue_days,
        at=at,
    )
    asked, eligible = len(split.chosen), split.eligible
    first = first_moment(at)
    return Preview(
        population=asked + len(split.left),
        eligible=eligible,
        asked=asked,
        reasons=Counter(reason for _, reason in split.left).most_common(),
        strata=[(name, *split.strata[name]) for name in split.strata] if plan.by else [],
        advice=advise(population=eligible, asked=asked, margin=margin, rate=usual_rate(series))
        if eligible
        else None,
        first_mail_at=first,
        last_mail_at=first + timedelta(minutes=asked / MAILS_PER_MINUTE),
    )


def characteristics(scope: Scope) -> dict[str, list[str]]:
    """Values that occur among the customers one may ask, for the choices of the form; at most 50 each."""
    rows = scope.limit(Customer.objects.order_by(), "waves.run")
    found: dict[str, list[str]] = {}
    for name in ("segment", "industry", "region"):
        found[name] = sorted(rows.exclude(**{name: ""}).values_list(name, flat=True).distinct()[:50])
    return found


def attribute_keys(scope: Scope) -> list[str]:
    """Keys of own attributes among the newest 500 customers one may ask, sorted."""
    rows = scope.limit(Customer.objects.exclude(attributes={}), "waves.run")
    keys: set[str] = set()
    for attributes in rows.order_by("-pk").values_list("attributes", flat=True)[:500]:
        keys.update(attributes)
    return sorted(keys)[:30]
