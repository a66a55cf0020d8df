"""Ready-made indicator trees with their questionnaires, one YAML file per industry, in Chinese and English.

A file holds `code`, `name`, `summary` and `dimensions`; a dimension holds `code`, `name`, `weight` and `items`; an
item holds `code` (also its answer column), `weight`, `name` (the short word of the indicator) and `ask` (the
sentence a respondent rates). Weights are points of 100 among siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from manyi.surveys import tree as trees

ORDER = ("general-service", "manufacturing", "property-management", "logistics", "hotel", "retail", "telecom")


@dataclass(frozen=True, slots=True)
class Template:
    """`tree` and `questionnaire` are definitions as `TreeVersion` and `QuestionnaireVersion` hold them."""

    code: str
    name: Mapping[str, str]
    summary: Mapping[str, str]
    tree: Mapping[str, Any]
    questionnaire: Mapping[str, Any]

    @property
    def item_count(self) -> int:
        return sum(row.is_leaf for row in trees.rows(self.tree))


@cache
def templates() -> tuple[Template, ...]:
    """All templates, the most general first. The definitions are shared: copy before changing one."""
    files = [f for f in resources.files(__name__).iterdir() if f.name.endswith(".yaml")]
    found = [_template(yaml.safe_load(file.read_text("utf-8"))) for file in files]
    return tuple(sorted(found, key=lambda template: ORDER.index(template.code)))


def template(code: str) -> Template | None:
    return next((found for found in templates() if found.code == code), None)


def _template(source: dict[str, Any]) -> Template:
    name = source["name"]
    tree = trees.checked(
        {
            "name": {"zh": f"{name['zh']}客户满意度", "en": f"Customer satisfaction: {name['en'].lower()}"},
            "scale": {"min": 1, "max": 5},
            "tree": [
                {
                    **{key: dimension[key] for key in ("code", "name", "weight")},
                    "children": [
                        {key: item[key] for key in ("code", "name", "weight")} for item in dimension["items"]
                    ],
                }
                for dimension in source["dimensions"]
            ],
        }
    )
    asked = {item["code"]: item["ask"] for dimension in source["dimensions"] for item in dimension["items"]}
    return Template(
        source["code"], name, source["summary"], tree, trees.questionnaire_of(tree, wording=asked)
    )
