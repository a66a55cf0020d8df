"""Simple Markdown, safely."""

from __future__ import annotations

import doctest

import pytest

from manyi.knowledge import changes, rendering, tokens


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("一\n二", "<p>一<br>\n二</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>\n'),
        ("# No heading", "<p># No heading</p>\n"),
        ("[x](https://a.example)", '<p><a href="https://a.example" rel="noopener nofollow">x</a></p>\n'),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>\n"),
        ("[x](data:text/html,1)", "<p>[x](data:text/html,1)</p>\n"),
        ("<b onclick=x>b</b>", "<p>&lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
        (
            "![p](https://a.example/p.png)",
            '<p>!<a href="https://a.example/p.png" rel="noopener nofollow">p</a></p>\n',
        ),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert rendering.to_html(text) == html


@pytest.mark.parametrize("module", [changes, rendering, tokens])
def test_the_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
