from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyi.surveys.answers import as_posted, check, read, sniff
from manyi.surveys.questionnaire import Form, Question, parse

OPTIONS = [
    {"code": "a", "text": "A"},
    {"code": "b", "text": "B"},
    {"code": "none", "text": "None", "exclusive": True},
]
ITEMS = [{"code": "i1", "text": "1"}, {"code": "i2", "text": "2"}]
QUESTIONS: dict[str, dict[str, Any]] = {
    "likert": {"scale": {"min": 1, "max": 5, "not_applicable": True}},
    "nps": {}, "csat": {}, "ces": {},
    "single": {"options": OPTIONS, "other": True},
    "multi": {"options": OPTIONS, "other": True},
    "matrix": {"items": ITEMS, "scale": {"min": 1, "max": 5, "not_applicable": True}},
    "ranking": {"options": OPTIONS[:2]},
    "text": {"max_length": 5},
    "number": {"min": 0, "max": 10},
    "date": {}, "file": {},
    "kano": {"text2": "and without?"},
    "servqual": {"items": ITEMS[:1]},
    "competitor": {"items": ITEMS[:1], "options": OPTIONS[:2]},
}  # fmt: skip


def asked(kind: str, **more: Any) -> Question:
    row = {"code": "q", "type": kind, "text": "x", **QUESTIONS[kind], **more}
    return next(
        parse({"name": "x", "sections": [{"code": "s", "title": "x", "questions": [row]}]}).questions()
    )


@pytest.mark.parametrize(
    ("kind", "posted", "answers"),
    [
        ("likert", {"q": ["3"]}, {"q": 3}),
        ("likert", {"q": ["na"]}, {"q": None}),
        ("nps", {"q": ["0"]}, {"q": 0}),
        ("single", {"q": ["a"]}, {"q": "a"}),
        ("single", {"q": ["other"], "q__other_text": [" C "]}, {"q": "other", "q__other_text": "C"}),
        ("multi", {"q__a": ["1"]}, {"q__a": 1, "q__b": 0, "q__none": 0, "q__other": 0}),
        ("multi", {}, {}),
        ("matrix", {"i1": ["5"], "i2": ["na"]}, {"i1": 5, "i2": None}),
        ("ranking", {"q__a": ["2"], "q__b": ["1"]}, {"q__a": 2, "q__b": 1}),
        ("text", {"q": [" 好的 "]}, {"q": "好的"}),
        ("number", {"q": ["７.５"]}, {"q": 7.5}),
        ("number", {"q": ["10"]}, {"q": 10}),
        ("date", {"q": ["2026-3-1"]}, {"q": "2026-03-01"}),
        ("date", {"q": ["2026年3月1日"]}, {"q": "2026-03-01"}),
        ("file", {"q": ["0123456789abcdef0123456789abcdef.png"]}, {"q": "0123456789abcdef0123456789abcdef.png"}),
        ("kano", {"q__f": ["1"], "q__d": ["5"]}, {"q__f": 1, "q__d": 5}),
        ("servqual", {"i1__e": ["5"], "i1__p": ["2"]}, {"i1__e": 5, "i1__p": 2}),
        ("competitor", {"i1__a": ["5"], "i1__b": ["4"]}, {"i1__a": 5, "i1__b": 4}),
    ],
)  # fmt: skip
def test_posted_strings_become_stored_answers(kind: str, posted: Any, answers: dict[str, Any]) -> None:
    assert read(asked(kind), posted) == (answers, [])


@pytest.mark.parametrize(
    ("kind", "posted", "column", "code"),
    [
        ("likert", {"q": ["6"]}, "q", "choice"),
        ("likert", {"q": ["٣"]}, "q", "choice"),
        ("nps", {"q": ["na"]}, "q", "choice"),
        ("single", {"q": ["z"]}, "q", "choice"),
        ("single", {"q": ["other"]}, "q__other_text", "other"),
        ("multi", {"q__a": ["1"], "q__none": ["1"]}, "q", "exclusive"),
        ("multi", {"q__a": ["yes"]}, "q__a", "choice"),
        ("matrix", {"i1": ["0"]}, "i1", "choice"),
        ("ranking", {"q__a": ["1"], "q__b": ["1"]}, "q__b", "rank_twice"),
        ("ranking", {"q__a": ["3"]}, "q__a", "choice"),
        ("text", {"q": ["123456"]}, "q", "too_long"),
        ("text", {"q": ["a\0b"]}, "q", "characters"),
        ("text", {"q": ["\ud800"]}, "q", "characters"),
        ("number", {"q": ["nan"]}, "q", "number"),
        ("number", {"q": ["1e5"]}, "q", "number"),
        ("number", {"q": ["-1"]}, "q", "too_low"),
        ("number", {"q": ["10.5"]}, "q", "too_high"),
        ("date", {"q": ["2026-02-30"]}, "q", "date"),
        ("date", {"q": ["1.3.26"]}, "q", "date"),
        ("file", {"q": ["../../etc/passwd"]}, "q", "choice"),
        ("kano", {"q__f": ["6"]}, "q__f", "choice"),
        ("servqual", {"i1__e": ["9"]}, "i1__e", "choice"),
        ("competitor", {"i1__b": ["9"]}, "i1__b", "choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where(kind: str, posted: Any, column: str, code: str) -> None:
    answers, problems = read(asked(kind), posted)
    assert (column, code) in [(p.column, p.code) for p in problems]
    assert column not in answers


@pytest.mark.parametrize("kind", list(QUESTIONS))
def test_a_required_question_left_empty(kind: str) -> None:
    question = asked(kind, required=True)
    answers, problems = read(question, {"q": ["  "]})
    assert answers == {}
    assert {p.code for p in problems} == {"required"}
    listed = kind in ("matrix", "ranking", "kano", "servqual", "competitor")
    assert {p.column for p in problems} == (set(question.columns) if listed else {"q"})
    assert read(asked(kind), {}) == ({}, [])


def form_of_all() -> Form:
    questions = []
    for kind, more in QUESTIONS.items():
        row = {"code": f"q_{kind}", "type": kind, "text": "x", **more}
        if "items" in row:
            row["items"] = [{**item, "code": f"{kind}_{item['code']}"} for item in row["items"]]
        questions.append(row)
    return parse({"name": "x", "sections": [{"code": "s", "title": "x", "questions": questions}]})


FORM = form_of_all()
COLUMNS = [*FORM.columns(), "q_single__other_text", "q_multi__other", "q_multi__other_text"]
values = st.one_of(
    st.sampled_from(["1", "2", "5", "a", "b", "other", "na", "2026-01-02"]), st.text(max_size=8)
)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.lists(values, max_size=2)))
def test_whatever_is_posted_never_fails_and_stored_answers_read_back_the_same(
    posted: dict[str, list[str]],
) -> None:
    first = check(FORM, posted)
    again = check(FORM, as_posted(FORM, first.answers))
    if not first.problems:
        assert again == first
    assert set(first.answers) <= set(COLUMNS)


def test_hidden_questions_are_dropped_and_never_wrong() -> None:
    form = parse(
        {"name": "x", "sections": [{"code": "s", "title": "x", "questions": [
            {"code": "n", "type": "nps", "text": "x"},
            {"code": "why", "type": "text", "text": "x", "required": True,
             "show_if": {"all": [{"question": "n", "op": "lte", "value": 6}]}},
        ]}]}
    )  # fmt: skip
    assert check(form, {"n": ["9"], "why": ["x"]}).answers == {"n": 9}
    assert check(form, {"n": ["9"]}).problems == ()
    assert [p.column for p in check(form, {"n": ["3"]}).problems] == ["why"]


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF89a", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"), (b"%PDF-1.7", "pdf"), (b"<svg", None), (b"MZ", None), (b"", None),
    ],
)  # fmt: skip
def test_files_are_known_by_their_first_bytes(head: bytes, ending: str | None) -> None:
    assert sniff(head) == ending
