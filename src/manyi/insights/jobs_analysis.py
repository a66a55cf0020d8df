"""Fitting structural models in the background."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import override

from manyi.events.jobs import JobRefused
from manyi.events.models import Job
from manyi.events.services import advance
from manyi.insights import queries, services_models, structural
from manyi.insights.selection import Selection, UnknownUnit
from manyi.insights.structural import Spec
from manyi.insights.wording import in_words
from manyi.measures.errors import MeasureError
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

RESAMPLING = 100  # steps of the progress bar; reading before and storing after are one each


def _progress(job: Job) -> Callable[[float], None]:
    """Notes how far the resampling is, at most once a step: the bar shows no more."""

    def note(share: float) -> None:
        done = 1 + int(share * RESAMPLING)
        if done > job.done:
            advance(job, done=done)

    return note


def fit_model(job: Job) -> None:
    """Fit the ordered model with the rights its orderer has now."""
    owner = User.objects.filter(pk=job.owner_id or 0).first()
    if owner is None:
        raise JobRefused({"zh": "下达任务的用户已不存在。", "en": "The user who ordered this is gone."})
    scope, order = scope_of(owner), job.arguments
    spec = Spec.from_dict(order["spec"])
    try:
        wave = queries.wave(scope, order["wave"])
        result = queries.result_of(scope, wave, Selection.of(order["selection"]))
    except (Wave.DoesNotExist, UnknownUnit):
        raise JobRefused(
            {
                "zh": "该调查期已不存在，或您已无权查看。",
                "en": "The wave is gone, or you may no longer see it.",
            }
        ) from None
    advance(job, done=1, total=RESAMPLING + 2)
    texts: dict[str, str] = {}
    figures = None
    for language, tag in (("zh", "zh-hans"), ("en", "en")):
        with override(tag):
            try:
                if figures is None:
                    services_models.check(result, spec)
                    people = result.rows.filtered(result.selection.filters(result.forest))
                    known = structural.columns(result)
                    figures = structural.fitted(
                        people,
                        spec,
                        known,
                        bootstrap=order["bootstrap"],
                        seed=order["seed"],
                        progress=_progress(job),
                    )
            except Refused as refusal:
                texts[language] = str(refusal)
            except MeasureError as error:
                names = {column.code: column.name for column in structural.columns(result)}
                texts[language] = in_words(error, {**names, **spec.labels})
    if figures is None:
        raise JobRefused(texts)
    run = services_models.store_model_run(
        scope, job=job, result=result, spec=spec, figures=figures, at=job.created_at
    )
    advance(job, done=RESAMPLING + 2)
    job.result = {"run": run.pk}
    job.message = {"zh": f"模型已完成，共 {run.n} 份答卷。", "en": f"The model is ready; {run.n} answers."}
    job.next_url = f"{reverse('result-model', args=[wave.code])}?run={run.pk}"
