"""The ready-made questionnaire for staff with its tree. Unlike those for customers it asks whether one agrees, of
everybody, without 'not applicable': see `surveys.staff_figures`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from manyi.surveys import tree as trees
from manyi.surveys.industry import Template
from manyi.surveys.questionnaire_starters import LABEL_SETS

POINTS = range(1, 6)


def agreement() -> dict[str, Any]:
    """The scale: five points from 'strongly disagree' to 'strongly agree'."""
    words = LABEL_SETS["agreement"]["5"]
    return {"min": 1, "max": 5, "labels": {str(p): dict(w) for p, w in zip(POINTS, words, strict=True)}}


@cache
def staff_template() -> Template:
    """Tree and questionnaire; shared, so copy before changing."""
    source = yaml.safe_load(resources.files("manyi.surveys").joinpath("staff.yaml").read_text("utf-8"))
    tree = trees.checked(
        {
            "name": source["name"],
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
    sections = [
        {
            "code": f"s_{dimension['code']}",
            "title": dimension["name"],
            "questions": [
                {
                    "code": f"g_{dimension['code']}", "type": "matrix", "required": True, "scale": agreement(),
                    "text": {"zh": "您同意下面的说法吗？", "en": "Do you agree with these statements?"},
                    "items": [{"code": item["code"], "text": item["ask"]} for item in dimension["items"]],
                }
            ],
        }
        for dimension in source["dimensions"]
    ]  # fmt: skip
    return Template(
        source["code"], source["name"], source["summary"], tree, {
            "name": source["name"],
            "languages": ["zh", "en"],
            "intro": {
                "zh": "感谢您抽出几分钟，说说在这里工作的真实感受。",
                "en": "Thank you for a few minutes to tell us how you really find working here.",
            },
            "thanks": {
                "zh": "感谢您的坦率。结果会向全体员工公布。",
                "en": "Thank you for being frank. The results will be shown to all staff.",
            },
            "sections": [*sections, _overall()],
        },
    )  # fmt: skip


def _overall() -> dict[str, Any]:
    return {
        "code": "s_overall",
        "title": {"zh": "总体评价", "en": "All in all"},
        "questions": [
            {
                "code": "staff_overall", "type": "csat", "required": True, "scale": {"min": 1, "max": 5},
                "text": {"zh": "总的来说，您在这里工作满意吗？", "en": "All in all, how satisfied are you with working here?"},
            },
            {
                "code": "staff_recommend", "type": "nps", "required": True, "scale": {"min": 0, "max": 10},
                "text": {"zh": "您有多大可能推荐亲友来这里工作？", "en": "How likely are you to recommend working here to a friend?"},
            },
            {
                "code": "staff_comment", "type": "text", "multiline": True,
                "text": {"zh": "最应该先改什么？", "en": "What should be mended first?"},
                "help": {"zh": "请不要写出自己或别人的姓名；文字会原样显示给看全部结果的人。", "en": "Please name neither yourself nor others; your words are shown as they are to those who see the whole result."},
            },
        ],
    }  # fmt: skip
