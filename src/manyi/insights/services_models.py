"""Ordering structural models, and storing what came out of them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.insights import structural
from manyi.insights.models import ModelRun
from manyi.insights.queries import RIGHT, WaveResult
from manyi.insights.structural import Spec
from manyi.insights.wording import in_words
from manyi.measures.errors import MeasureError
from manyi.scope import Scope
from manyi.web.errors import Refused

RUN = "waves.run"
BOOTSTRAPS = (500, 1000, 2000, 5000)
LARGEST_SEED = 2**32 - 1


def order_model(
    scope: Scope, *, result: WaveResult, spec: Spec, bootstrap: int, seed: int | None, at: datetime
) -> Job:
    """Queue the fitting of a model to the result's people; a seed is drawn when none is given.

    :raises NotAllowed: without `waves.run`. :raises Refused: a model that cannot be fitted, or too few people.
    """
    scope.require(RIGHT)
    scope.require(RUN)
    if bootstrap not in BOOTSTRAPS:
        raise Refused(_("Resamples must be one of %(known)s.") % {"known": ", ".join(map(str, BOOTSTRAPS))})
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise Refused(_("The seed must be a whole number from 0 to %(most)d.") % {"most": LARGEST_SEED})
    check(result, spec)
    return start_job(
        scope,
        kind="model",
        function="manyi.insights.jobs_analysis.fit_model",
        label={"zh": "估计结构模型", "en": "Fitting the structural model"},
        at=at,
        arguments={
            "wave": result.wave.code,
            "selection": result.selection.chosen,
            "spec": spec.to_dict(),
            "bootstrap": bootstrap,
            "seed": secrets.randbelow(LARGEST_SEED) if seed is None else seed,
        },
    )


def check(result: WaveResult, spec: Spec) -> None:
    """:raises Refused: when the model cannot be fitted to these people, and why."""
    known = {column.code for column in structural.columns(result)}
    for construct in spec.constructs:
        foreign = [column for column in construct.columns if column not in known]
        if foreign:
            raise Refused(_("“%(column)s” is no rating of this wave.") % {"column": foreign[0]})
    if result.refusal or not result.n:
        raise Refused(_("There are too few answers here to fit a model."))
    try:
        model = spec.model()
    except MeasureError as error:
        raise Refused(in_words(error, spec.labels)) from error
    if not model.paths:
        raise Refused(_("The model has no path. Put columns to at least two constructs that a path joins."))
    if result.n < structural.needed(model):
        raise Refused(
            _(
                "This model needs at least %(needed)d respondents; there are %(n)d. Wait for more answers, choose a"
                " larger group, or draw fewer paths into one construct."
            )
            % {"needed": structural.needed(model), "n": result.n}
        )


@transaction.atomic
def store_model_run(
    scope: Scope, *, job: Job, result: WaveResult, spec: Spec, figures: dict[str, Any], at: datetime
) -> ModelRun:
    """Keep a fitted model. The same job stores one run, however often it comes."""
    units = scope.units_for(RIGHT)
    run, made = ModelRun.objects.get_or_create(
        key=job.key,
        defaults={
            "wave": result.wave,
            "spec": spec.to_dict(),
            "fingerprint": spec.fingerprint,
            "filters": result.selection.chosen,
            "units": None if units is None else sorted(units),
            "method": structural.METHOD,
            "n": figures["n"],
            "bootstrap": figures["bootstrap"],
            "seed": figures["seed"],
            "figures": figures,
            "made_at": at,
            "made_by_id": job.owner_id,
        },
    )
    if made:
        publish(
            scope,
            catalogue.ModelRunStored(
                subject_id=str(result.wave.pk), unit_id=result.wave.unit_id, run_id=run.pk
            ),
            at=at,
        )
    return run
