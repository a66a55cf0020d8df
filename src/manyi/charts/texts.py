"""The few words that charts add to what they are given, in both languages (no Django here, so no gettext)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Texts:
    """Words of one language. `hidden` stands where a value is withheld to protect the people who answered."""

    item: str
    score: str
    low: str
    high: str
    n: str
    target: str
    hidden: str
    change: str
    total: str
    sent: str
    opened: str
    started: str
    answered: str
    share_of_sent: str
    day: str
    people: str
    share: str
    cumulative: str
    count: str
    value_from: str
    value_to: str
    series: str
    stage: str
    no_data: str
    row: str
    column: str


EN: Final = Texts(
    item="Item",
    score="Score",
    low="95% low",
    high="95% high",
    n="Answers",
    target="Target",
    hidden="Too few answers to show",
    change="Change",
    total="Total",
    sent="Sent",
    opened="Opened",
    started="Started",
    answered="Answered",
    share_of_sent="Share of sent",
    day="Day",
    people="People",
    share="Share",
    cumulative="Cumulative share",
    count="Count",
    value_from="From",
    value_to="To",
    series="Series",
    stage="Stage",
    no_data="No answers yet",
    row="Row",
    column="Column",
)

ZH: Final = Texts(
    item="项目",
    score="得分",
    low="95% 下限",
    high="95% 上限",
    n="有效答卷",
    target="目标",
    hidden="答卷过少，不予显示",
    change="变化",
    total="合计",
    sent="已发送",
    opened="已打开",
    started="已开始",
    answered="已提交",
    share_of_sent="占已发送",
    day="日期",
    people="人数",
    share="占比",
    cumulative="累计占比",
    count="数量",
    value_from="起",
    value_to="止",
    series="系列",
    stage="环节",
    no_data="暂无答卷",
    row="行",
    column="列",
)


def texts_for(language: str) -> Texts:
    """Words for a language tag such as `zh-hans`, `zh_CN` or `en`; all but Chinese get English."""
    return ZH if language.lower().startswith("zh") else EN
