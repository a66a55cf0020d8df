"""From an answer's Markdown to HTML that is safe anywhere."""

from __future__ import annotations

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

#: Paragraphs, lists, quotes, strong, emphasis, links. No headings (a page has its own order), pictures or HTML.
_MARKDOWN = MarkdownIt("commonmark", {"breaks": True, "html": False}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline", "code", "fence", "hr", "reference"]
)
_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "blockquote", "a"}


def to_html(text: str) -> SafeString:
    """Safe HTML of simple Markdown; a line break is a line break, and links do not vouch for their target."""
    cleaned = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener nofollow",
    )
    return mark_safe(cleaned)  # nosec B308 B703 - nh3 has cleaned it


_MARKS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.S)
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")


def to_text(text: str) -> str:
    """The same as plain text, for a reply: without the signs of bold type, links written out.

    >>> to_text("within **7 days**, see [terms](https://a.example)")
    'within 7 days, see terms (https://a.example)'
    """
    return _LINK.sub(r"\1 (\2)", _MARKS.sub(r"\2", text))
