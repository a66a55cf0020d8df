"""The structural model that the demo's answers were made by, fitted to a wave as a manager would have it fitted."""

from __future__ import annotations

from datetime import datetime

from manyi.demo import latent
from manyi.insights import queries
from manyi.insights.services_models import order_model
from manyi.insights.structural import NAMES, OWN, Construct, Spec
from manyi.measures.tree import Tree
from manyi.scope import Scope
from manyi.surveys.models import TreeVersion, Wave

RESAMPLES, SEED = 1000, 1


def latent_model(tree: TreeVersion) -> Spec:
    """Constructs and paths of `latent.PATHS`, each construct measured by the columns that `latent.ITEMS` give it."""
    dimensions = {place.code: place.node.name for place in Tree.from_dict(tree.definition).nodes()}
    names = {**NAMES, **dimensions}
    keys = ("expectation", *latent.DIMENSIONS, "value", "satisfaction", "loyalty")
    columns = {key: [c for c, (construct, _mean) in latent.ITEMS.items() if construct == key] for key in keys}
    columns["loyalty"].append("nps")
    constructs = {
        key: Construct(f"c{number}", names[key], tuple(columns[key]))
        for number, key in enumerate(keys, start=1)
    }
    paths = tuple((constructs[cause].key, constructs[effect].key) for cause, effect in latent.PATHS)
    return Spec(OWN, tuple(constructs.values()), paths)


def order_latent_model(scope: Scope, *, wave: Wave, at: datetime) -> None:
    order_model(
        scope, result=queries.result_of(scope, wave), spec=latent_model(wave.tree_version), bootstrap=RESAMPLES,
        seed=SEED, at=at,
    )  # fmt: skip
