"""The form in which a structural model is drawn: constructs, their columns, paths, and how to resample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from manyi.insights.services_models import BOOTSTRAPS, LARGEST_SEED
from manyi.insights.structural import MOST_CONSTRUCTS, OWN, Column, Construct, Spec
from manyi.web.templatetags.web import localised

SPARE = 2  # empty constructs offered in a model of one's own


class ModelSettings(forms.Form):
    bootstrap = forms.TypedChoiceField(
        label=_("Resamples for the intervals"),
        choices=[(count, str(count)) for count in BOOTSTRAPS],
        coerce=int,
        initial=1000,
        help_text=_("500 for a look, 5000 for publication."),
    )
    seed = forms.IntegerField(
        label=_("Seed (optional)"),
        required=False,
        min_value=0,
        max_value=LARGEST_SEED,
        help_text=_("The same seed gives the same intervals. Drawn and recorded when empty."),
    )
    scheme = forms.ChoiceField(
        label=_("Inner weighting"),
        choices=[("path", _("Path weighting")), ("centroid", _("Centroid")), ("factorial", _("Factorial"))],
        initial="path",
    )
    metric = forms.ChoiceField(
        label=_("Answers are taken"),
        choices=[("standardised", _("standardised")), ("covariance", _("as they are (covariances)"))],
        initial="standardised",
        help_text=_("As they are: only where all questions share one scale."),
    )


def with_spare(spec: Spec) -> Spec:
    """A model of one's own with a few empty constructs to name."""
    if spec.preset != OWN:
        return spec
    used = {one.key for one in spec.constructs}
    free = [key for number in range(1, MOST_CONSTRUCTS + 1) if (key := f"c{number}") not in used]
    spare = tuple(Construct(key, {}) for key in free[:SPARE])
    return Spec(spec.preset, (*spec.constructs, *spare), spec.paths, spec.scheme, spec.metric)


def spec_of(post: Mapping[str, Any], start: Spec, columns: Sequence[Column]) -> Spec:
    """The model as it was sent. Names and paths of a preset are its own; a construct without a name is none."""
    chosen: dict[str, list[str]] = {}
    for number, column in enumerate(columns):
        chosen.setdefault(str(post.get(f"column-{number}", "")), []).append(column.code)
    known = {one.key: one for one in start.constructs}
    keys = list(known)
    if start.preset == OWN:
        keys = [f"c{number}" for number in range(1, MOST_CONSTRUCTS + 1) if f"name-c{number}" in post]
    constructs = []
    for key in keys:
        name = _name(post, known.get(key), key) if start.preset == OWN else known[key].name
        mode = "B" if post.get(f"mode-{key}") == "B" else "A"
        constructs.append(Construct(key, name, tuple(chosen.get(key, ())), mode))
    paths = start.paths
    if start.preset == OWN:
        paths = tuple((a, b) for a in keys for b in keys if a != b and post.get(f"path-{a}-{b}"))
    scheme, metric = str(post.get("scheme", "path")), str(post.get("metric", "standardised"))
    return Spec(start.preset, tuple(constructs), paths, scheme, metric)


def _name(post: Mapping[str, Any], known: Construct | None, key: str) -> Mapping[str, str]:
    typed = str(post.get(f"name-{key}", "")).strip()[:60]
    if not typed:
        return {}
    if known is not None and localised(known.name) == typed:
        return known.name  # unchanged: keep the other language too
    return {(get_language() or "zh")[:2]: typed}


def unnamed(spec: Spec) -> list[Construct]:
    """Constructs that have columns or paths but no name."""
    joined = {key for path in spec.paths for key in path}
    return [one for one in spec.constructs if not one.name and (one.columns or one.key in joined)]
