"""Entering what is published of an industry, and taking it back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.insights.industry import EDIT
from manyi.insights.models import IndustryFigure
from manyi.insights.queries import WaveResult
from manyi.scope import Scope
from manyi.web.errors import Refused


@transaction.atomic
def enter_figure(
    scope: Scope,
    *,
    result: WaveResult,
    node: str,
    value: float,
    source: str,
    published_on: date,
    at: datetime,
) -> IndustryFigure:
    """Keep a figure of 0–100 for a node of the wave's tree; it counts for every wave of that tree.

    :raises NotAllowed: without `designs.edit`. :raises Refused: for a node or value that cannot be, a figure
        without source, or a day to come.
    """
    scope.require(EDIT)
    if node not in {place.code for place in result.tree.nodes()}:
        raise Refused(_("The tree has no node “%(node)s”.") % {"node": node[:80]})
    if not 0 <= value <= 100:
        raise Refused(_("The figure must be from 0 to 100."))
    if not source.strip() or len(source.strip()) > 200:
        raise Refused(_("Say in at most 200 characters who published the figure."))
    if published_on > at.date():
        raise Refused(_("The day of the figure is still to come."))
    figure = IndustryFigure.objects.create(
        tree=result.wave.tree_version.tree, node=node, value=value, source=source.strip(),
        published_on=published_on, made_at=at, made_by_id=scope.user_id,
    )  # fmt: skip
    publish(
        scope,
        catalogue.IndustryFigureEntered(subject_id=str(figure.tree_id), unit_id=None, figure_id=figure.pk),
        at=at,
    )
    return figure


@transaction.atomic
def remove_figure(scope: Scope, *, figure: IndustryFigure, at: datetime) -> None:
    """:raises NotAllowed: without `designs.edit`."""
    scope.require(EDIT)
    publish(
        scope,
        catalogue.IndustryFigureRemoved(subject_id=str(figure.tree_id), unit_id=None, figure_id=figure.pk),
        at=at,
    )
    figure.delete()
