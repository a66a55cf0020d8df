"""The self-assessment: seven categories, forty statements rated 1 to 5, and what several sheets say together. Pure.

A category's points are the sum of its ratings, its percentage the points over its maximum; all categories sum to 200.
Nobody's single sheet can be read from a result: it needs FEWEST_RATERS sheets, and so does each role shown apart,
also what is left when the shown ones are subtracted from the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from manyi.measures.disclosure import visible_groups

LOWEST, HIGHEST = 1, 5
FEWEST_RATERS = 3
#: With three raters, one of them could work out the other two from mean and spread.
FEWEST_FOR_SPREAD = 4
TARGET = 80


@dataclass(frozen=True, slots=True)
class Statement:
    code: str
    zh: str
    en: str

    @property
    def text(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Category:
    """`short` is its name on the axis of a picture."""

    code: str
    zh: str
    en: str
    short: dict[str, str]
    statements: tuple[Statement, ...]

    @property
    def name(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    @property
    def maximum(self) -> int:
        return HIGHEST * len(self.statements)


def _category(
    code: str, name: tuple[str, str], short: tuple[str, str], *statements: tuple[str, str]
) -> Category:
    numbered = (Statement(f"{code}-{n}", *texts) for n, texts in enumerate(statements, start=1))
    return Category(code, *name, {"zh": short[0], "en": short[1]}, tuple(numbered))


CATEGORIES = (
    _category(
        "climate", ("理念与氛围", "Philosophy and climate"), ("理念氛围", "Climate"),
        ("让客户满意，是我们对外公开作出、对内人人知晓的承诺。", "Making customers satisfied is a promise we have given openly and everybody here knows."),
        ("我们把力气花在第一次就做对，而不是事后补救。", "We put our effort into getting things right the first time instead of mending them later."),
        ("管理者用自己的行动表明，客户满意是头等大事。", "Our managers show by what they do that customer satisfaction matters."),
        ("我们的目标不止于满足需求，还要让客户喜出望外。", "We do not stop at meeting needs; we set out to give customers more than they expect."),
        ("提拔任用时，会看一个人是否真心为客户着想。", "Whether somebody thinks of the customer counts when we decide on promotions."),
        ("在质量与进度、成本发生冲突时，我们选择质量。", "When quality is at odds with speed or cost, quality wins."),
        ("客户的需要与内部的方便相抵触时，客户的需要优先。", "Where customers’ needs and our own convenience collide, customers come first."),
    ),
    _category(
        "partnership", ("与客户结为伙伴", "Partnership with customers"), ("客户伙伴", "Partnership"),
        ("销售人员像顾问和伙伴那样帮客户选，而不是只求成交。", "Our sales people advise customers like a partner instead of merely closing a deal."),
        ("我们的宣传实事求是，不许诺做不到的事。", "Our advertising sticks to the facts and promises nothing that we cannot deliver."),
        ("我们清楚客户最看重我们产品和服务的哪些方面。", "We know what it is about our offer that customers value most."),
        ("客户的意见会实实在在地体现在产品和服务的设计中。", "What customers tell us finds its way into the design of products and services."),
        ("我们立志在服务客户方面成为行业的标杆。", "We want to be the one in our trade by whom others measure themselves."),
    ),
    _category(
        "problems", ("发现并解决问题", "Finding and solving problems"), ("解决问题", "Problems"),
        ("客户抱怨时，我们先认真听完，不急于辩解。", "When customers complain, we hear them out before we explain anything."),
        ("我们定期请客户给我们打分。", "We ask our customers at regular intervals to rate us."),
        ("我们定期分析投诉，一直追到产生问题的原因。", "We regularly go through complaints until we reach what causes them."),
        ("我们主动查找并改掉那些给客户添麻烦的流程和制度。", "We look for procedures and systems that make life hard for customers, and change them."),
    ),
    _category(
        "information", ("客户信息的运用与共享", "Using and sharing customer information"), ("客户信息", "Information"),
        ("我们知道在客户眼里“质量好”具体指什么。", "We know what exactly “good quality” means in the eyes of our customers."),
        ("各岗位的员工都有机会与客户面对面交流。", "People in all kinds of jobs get the chance to meet customers in person."),
        ("客户对我们有哪些期望，我们心中有数。", "We have a clear picture of what customers expect from us."),
        ("我们经常向客户说明情况，使他们知道可以期待什么。", "We keep customers informed, so that they know what they can count on."),
        ("关键岗位的人员真正理解客户的需要。", "The people in key positions truly understand what customers need."),
        ("对于“谁才是我们真正的客户”，大家看法一致。", "We agree among ourselves on who our real customer is."),
        ("管理者经常走访客户，与客户直接交谈。", "Our managers often meet customers and talk with them directly."),
    ),
    _category(
        "reach", ("主动贴近客户", "Reaching out"), ("贴近客户", "Reaching out"),
        ("与我们打交道很省心：找得到人，手续简单。", "It is easy to do business with us: the right person is at hand and the paperwork is light."),
        ("我们鼓励员工为满足客户的特殊要求而灵活变通。", "Our people are encouraged to bend a little to suit a customer’s wish."),
        ("每一件投诉，我们都尽力给出客户认可的结果。", "We try to bring every single complaint to an end that the customer accepts."),
        ("客户要提意见很方便，知道找谁、怎么提。", "We make it easy to complain: customers know where to turn and how."),
    ),
    _category(
        "empowerment", ("能力与授权", "Ability and empowerment"), ("能力授权", "Empowerment"),
        ("员工在这里受到尊重。", "Our employees are treated with respect."),
        ("人人都熟悉我们的产品和服务。", "Everybody knows our products and services."),
        ("一线员工有足够的资源和后台支持来把事办好。", "The front line has the means and the backing it needs to do a good job."),
        ("即使是基层员工，也可以当场决定为客户多做一点。", "Even junior staff may decide on the spot to do something extra for a customer."),
        ("大家觉得自己的工作有意思、有干劲。", "People find their work exciting."),
        ("与自己工作有关的决定，员工都能不同程度地参与。", "Everybody has some part in decisions that concern their work."),
        ("岗位之间相互培训，有人不在时别人能顶上。", "People are trained in each other’s work, so that somebody can always stand in."),
    ),
    _category(
        "processes", ("过程与产品改进", "Improving processes and products"), ("持续改进", "Improvement"),
        ("各部门为共同的目标通力合作。", "Our departments pull together for common goals."),
        ("我们研究其他企业的好做法并为己所用。", "We study how other companies do things and learn from it."),
        ("我们持续改进，从不认为已经足够好。", "We keep improving and never think that we are good enough."),
        ("我们有计划地缩短从开发到投产的周期。", "We work systematically on shortening the time from development to production."),
        ("一旦发现质量问题，我们立即纠正。", "When a quality problem shows up, we put it right at once."),
        ("我们愿意为新想法投入资金和时间。", "We put money and time into new ideas."),
    ),
)  # fmt: skip
BY_CODE = {category.code: category for category in CATEGORIES}
STATEMENTS = {statement.code: statement for category in CATEGORIES for statement in category.statements}
MAXIMUM = sum(category.maximum for category in CATEGORIES)

#: Statement → rating 1–5.
Ratings = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """Points are the mean over raters; `percent` is points over maximum, 0–100 (20 when all rate 1). `spread` is
    the standard deviation of the raters' percentages, None below FEWEST_FOR_SPREAD raters. `gap` is target − percent:
    positive where the target is missed. `by_role` has the percentages of the roles that may be shown.
    """

    category: Category
    points: float
    percent: float
    spread: float | None
    target: int
    gap: float
    by_role: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """Mean rating 1–5 of a statement over all raters, and their standard deviation as above."""

    statement: Statement
    category: Category
    mean: float
    spread: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What all sheets say: `points` of MAXIMUM, categories in their order, statements the weakest first; `roles`
    maps a role that may be shown to (raters, percent).
    """

    raters: int
    points: float
    percent: float
    spread: float | None
    categories: tuple[CategoryResult, ...]
    statements: tuple[StatementResult, ...]
    roles: Mapping[str, tuple[int, float]]

    def weak(self) -> list[CategoryResult]:
        """Categories below their target, the widest gap first."""
        return sorted((c for c in self.categories if c.gap > 0), key=lambda c: -c.gap)


def unanswered(ratings: Ratings) -> list[Statement]:
    """Statements without a rating, in their order."""
    return [statement for code, statement in STATEMENTS.items() if code not in ratings]


def faults(ratings: Mapping[str, object]) -> list[str]:
    """Keys that are no statement, or whose rating is no whole number from 1 to 5."""
    return [
        code for code, value in ratings.items()
        if code not in STATEMENTS or type(value) is not int or not LOWEST <= value <= HIGHEST
    ]  # fmt: skip


def points(ratings: Ratings, category: Category) -> int:
    """Points of one complete sheet in a category."""
    return sum(ratings[statement.code] for statement in category.statements)


def shown_roles(roles: Collection[str]) -> set[str]:
    """Of the roles of all sheets (one a sheet), those that may be shown next to the whole."""
    found = list(roles)
    counts = {role: found.count(role) for role in found}
    return visible_groups(counts, FEWEST_RATERS, len(found)) if found else set()


def result(sheets: Sequence[tuple[str, Ratings]], targets: Mapping[str, int]) -> Result | None:
    """All complete sheets, as (role, ratings), together; None below FEWEST_RATERS.

    :param targets: category → percentage wanted; TARGET where missing.

    >>> sheet = {code: 4 for code in STATEMENTS}
    >>> found = result([("staff", sheet)] * 3, {"climate": 90})
    >>> found.points, found.percent, found.categories[0].gap, dict(found.roles)
    (160.0, 80.0, 10.0, {'staff': (3, 80.0)})
    """
    if len(sheets) < FEWEST_RATERS:
        return None
    roles = shown_roles([role for role, _ratings in sheets])
    ordered = [role for role in dict.fromkeys(role for role, _ratings in sheets) if role in roles]
    totals = [(role, float(sum(ratings.values()))) for role, ratings in sheets]

    def share(of: Sequence[float], maximum: int) -> float:
        return 100 * mean(of) / maximum

    categories = []
    for category in CATEGORIES:
        given = [(role, float(points(ratings, category))) for role, ratings in sheets]
        percent = share([value for _role, value in given], category.maximum)
        target = targets.get(category.code, TARGET)
        categories.append(
            CategoryResult(
                category,
                mean(value for _role, value in given),
                percent,
                _spread([100 * value / category.maximum for _role, value in given]),
                target,
                round(target - percent, 9),
                {r: share([v for role, v in given if role == r], category.maximum) for r in ordered},
            )
        )
    statements = [
        StatementResult(
            statement,
            category,
            mean(values := [float(ratings[statement.code]) for _role, ratings in sheets]),
            _spread(values),
        )
        for category in CATEGORIES
        for statement in category.statements
    ]
    return Result(
        len(sheets),
        mean(value for _role, value in totals),
        share([value for _role, value in totals], MAXIMUM),
        _spread([100 * value / MAXIMUM for _role, value in totals]),
        tuple(categories),
        tuple(sorted(statements, key=lambda s: s.mean)),
        {r: (len(of := [v for role, v in totals if role == r]), share(of, MAXIMUM)) for r in ordered},
    )


def _spread(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) >= FEWEST_FOR_SPREAD else None
