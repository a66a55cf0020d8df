"""Searching answers in Chinese and English, on whichever database the tests run."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from manyi.knowledge import queries, search, services, tokens
from manyi.knowledge.models import SearchText
from tests.conftest import Cast
from tests.knowledge.test_services import draft, published, seen


@pytest.fixture
def stock(cast: Cast, at: datetime) -> dict[str, int]:
    texts = {
        "return": ({"zh": "怎样退货", "en": "How to return goods"}, {"zh": "七天内可以退货，运费由我们承担。", "en": "Within seven days; we pay the freight."}),
        "invoice": ({"zh": "怎样开发票", "en": "How to get an invoice"}, {"zh": "在订单页申请，退货后发票作废。", "en": "Ask for it on the order page. Model XR-200 needs its serial."}),
        "noise": ({"zh": "水泵噪音大", "en": "The pump is noisy"}, {"zh": "检查地脚螺栓是否松动。", "en": "Check whether the anchor bolts are loose."}),
    }  # fmt: skip
    return {name: published(cast, at, title=t, body=b, keywords="").pk for name, (t, b) in texts.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("退货", ["return", "invoice"]),  # the title counts more than the text
        ("退", ["return", "invoice"]),  # one character, as one begins to type
        ("货", ["return", "invoice"]),
        ("运费", ["return"]),
        ("怎样开", ["invoice"]),
        ("发票 退货", ["invoice"]),
        ("噪", ["noise"]),
        ("动", ["noise"]),  # the last character before a full stop
        ("fre", ["return"]),
        ("FREIGHT", ["return"]),
        ("ｉｎｖｏｉｃｅ", ["invoice"]),
        ("xr-200", ["invoice"]),
        ("loose bolts", ["noise"]),
        ("水泵噪音怎么办", ["noise"]),  # not all words are there: those with most of them
        ("没有这种东西", []),
        ("，。", []),
        ('"; DROP TABLE x; -- AND OR NOT * : &|!()', []),
    ],
)
def test_found_as_one_types(cast: Cast, stock: dict[str, int], text: str, expected: list[str]) -> None:
    assert seen(cast, "agent", text=text) == [stock[name] for name in expected]


def test_drafts_are_found_by_their_writers_only(cast: Cast, at: datetime) -> None:
    answer = draft(cast, at, cast.east, title={"zh": "秘密方案"}, body={"zh": "尚未公布"}, public=True)
    assert seen(cast, "east_manager", text="秘密") == [answer.pk]
    assert seen(cast, "outsider", text="秘密") == []
    assert list(queries.public_answers("秘密")) == []


def test_words_of_an_unpublished_version_do_not_betray_themselves(cast: Cast, at: datetime) -> None:
    """Readers see the published version, so only its words find the answer."""
    answer = published(cast, at)
    services.save_draft(
        cast.scope("manager"), answer=answer, at=at,
        words=services.Words(title={"zh": "新价格"}, body={"zh": "涨价一成"}),
    )  # fmt: skip
    assert seen(cast, "agent", text="涨价") == []
    assert seen(cast, "manager", text="涨价") == [answer.pk]


def test_superseded_and_deleted_words_are_forgotten(cast: Cast, at: datetime) -> None:
    answer = published(cast, at)
    new = services.Words(title={"zh": "换货"}, body={"zh": "十四天内换货"})
    services.save_draft(cast.scope("manager"), answer=answer, words=new, at=at)
    services.submit(cast.scope("manager"), answer=answer, at=at)
    services.approve(cast.scope("admin"), answer=answer, at=at)
    assert seen(cast, "agent", text="七天") == []
    assert seen(cast, "agent", text="换货") == [answer.pk]
    SearchText.objects.all().delete()
    assert search.find("换货") == []


def test_the_public_page_finds_only_what_is_public(cast: Cast, at: datetime) -> None:
    published(cast, at)
    open_one = published(cast, at, public=True).versions.get()
    assert list(queries.public_answers("退货")) == [open_one]
    assert list(queries.public_answers()) == [open_one]


@given(st.text(max_size=40))
def test_every_part_of_a_text_asks_for_words_the_text_has(text: str) -> None:
    """As-you-type: the words of any beginning are among those of the whole, the last one at least begun."""
    have = tokens.indexed(text).split()
    for end in range(1, len(text) + 1):
        asked = tokens.asked(text[:end])
        if asked and text[:end] == text[:end].casefold() and text.isascii():
            *whole, last = asked
            assert set(whole) <= set(have)
            assert any(word.startswith(last) for word in have)


@given(st.text(alphabet="退货运费发票", min_size=1, max_size=12), st.data())
def test_any_piece_of_a_chinese_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    have = tokens.indexed(text).split()
    *whole, last = tokens.asked(text[start:end])
    assert set(whole) <= set(have)
    assert any(word.startswith(last) for word in have)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's index")
@pytest.mark.django_db
def test_postgresql_answers_from_its_index() -> None:
    """The expression of the query is that of the index, else the search would read the whole table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + search._POSTGRESQL, ["'退货'", 10])
        assert "Bitmap Index Scan on knowledge_search" in "\n".join(row[0] for row in cursor.fetchall())
