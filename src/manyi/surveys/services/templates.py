"""Starting from an industry template: the questionnaire and, when wanted, the tree it measures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from manyi.scope import Scope
from manyi.surveys.industry import Template
from manyi.surveys.models import IndicatorTree, Questionnaire
from manyi.surveys.services.questionnaires import create_questionnaire, free_code
from manyi.surveys.services.trees import create_tree


def start_from_template(
    scope: Scope, *, template: Template, name: Mapping[str, str], with_tree: bool, at: datetime
) -> Questionnaire:
    """A draft questionnaire of the template; `with_tree` makes a draft of its indicator tree as well.

    Raises QuestionnaireError (the name), NotAllowed.
    """
    scope.require("designs.edit")
    with transaction.atomic():
        version = None
        if with_tree:
            taken = set(IndicatorTree.objects.values_list("code", flat=True))
            codes = (template.code, *(f"{template.code}-{n}" for n in range(2, 100_000)))
            tree = create_tree(
                scope, code=next(c for c in codes if c not in taken), name={}, definition=template.tree, at=at
            )
            version = tree.versions.get()
        return create_questionnaire(
            scope,
            code=free_code(template.code),
            name=name,
            definition=template.questionnaire,
            tree_version=version,
            at=at,
        )
