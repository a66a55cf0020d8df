"""The menu follows the loop; an entry shows only to those who hold its right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from manyi.scope import Scope


@dataclass(frozen=True)
class Entry:
    label: Any
    icon: str
    url_name: str
    right: str = ""
    children: tuple[Entry, ...] = ()


MENU = (
    Entry(_("Today"), "home", "today"),
    Entry(
        _("Listen"),
        "ear",
        "",
        "",
        (
            Entry(_("Waves"), "broadcast", "waves", "waves.read"),
            Entry(_("Questionnaires"), "forms", "questionnaires", "designs.read"),
            Entry(_("Import answers"), "file-import", "wave-imports", "waves.run"),
            Entry(_("Callbacks"), "phone", "callbacks", "responses.read"),
            Entry(_("Staff surveys"), "users-group", "staff-surveys", "waves.read"),
            Entry(_("Mystery visits"), "spy", "visits", "standards.read"),
        ),
    ),
    Entry(
        _("Measure"),
        "gauge",
        "",
        "",
        (
            Entry(_("Results"), "chart-bar", "results", "results.read"),
            Entry(_("Journey map"), "route", "journey-map", "standards.read"),
            Entry(_("Service standards"), "ruler-measure", "service-standards", "standards.read"),
            Entry(_("Audits"), "clipboard-check", "audits", "standards.read"),
            Entry(_("Appraisal sheets"), "user-check", "appraisals", "standards.read"),
            Entry(_("Self-assessment"), "radar", "self-assessments", "standards.read"),
            Entry(_("Branch league"), "trophy", "league", "results.read"),
            Entry(_("Staff and customers"), "users-group", "staff-link", "results.read"),
            Entry(_("Indicator trees"), "hierarchy", "trees", "designs.read"),
        ),
    ),
    Entry(
        _("Complaints"),
        "message-report",
        "",
        "",
        (
            Entry(_("My work"), "checklist", "my-work", "complaints.read"),
            Entry(_("Receive"), "phone-incoming", "receive-complaint", "complaints.receive"),
            Entry(_("All complaints"), "list-details", "complaints", "complaints.read"),
            Entry(_("Board"), "layout-kanban", "complaint-board", "complaints.read"),
            Entry(_("Mailbox"), "mail", "mailbox", "complaints.dispatch"),
            Entry(_("Work orders"), "clipboard-list", "work-orders", "complaints.handle"),
            Entry(_("Approvals"), "coin", "approvals", "complaints.approve"),
            Entry(_("Follow-ups"), "phone-check", "follow-ups", "complaints.read"),
            Entry(_("Problems and 8D"), "tools", "problems", "complaints.read"),
            Entry(_("Promises"), "heart-handshake", "promises", "promises.edit"),
            Entry(_("Four never-miss"), "shield-check", "never-miss", "complaints.read"),
            Entry(_("Analysis"), "chart-histogram", "complaint-analysis", "complaints.read"),
            Entry(_("Time limits"), "clock", "clock-policies", "complaints.manage"),
            Entry(_("Standard answers"), "books", "standard-answers", "knowledge.read"),
            Entry(_("Complaint settings"), "adjustments", "complaint-settings", "complaints.manage"),
        ),
    ),
    Entry(
        _("Improve"),
        "target",
        "",
        "",
        (
            Entry(_("Findings"), "bulb", "findings", "improvement.read"),
            Entry(_("Decisions"), "adjustments", "decisions", "improvement.read"),
            Entry(_("Improvement actions"), "checklist", "actions", "improvement.read"),
            Entry(_("Portfolio"), "report", "portfolio", "improvement.read"),
            Entry(_("Told customers"), "send", "announcements", "improvement.read"),
        ),
    ),
    Entry(_("Customers"), "users", "customers", "customers.read"),
    Entry(
        _("Reports"),
        "report",
        "",
        "",
        (
            Entry(_("Executive page"), "presentation", "executive", "results.read"),
            Entry(_("Evidence report"), "certificate", "evidence-report", "results.read"),
            Entry(_("All reports"), "report", "reports", "results.read"),
        ),
    ),
    Entry(_("Settings"), "settings", "settings", "people.manage"),
)


def _resolved(entry: Entry, scope: Scope) -> dict[str, Any] | None:
    if entry.right and not scope.may(entry.right):
        return None
    children = [c for c in (_resolved(child, scope) for child in entry.children) if c]
    url = ""
    if entry.url_name:
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            return None
    if not url and not children:
        return None
    return {"label": entry.label, "icon": entry.icon, "url": url, "children": children, "active": False}


def _mark(menu: list[dict[str, Any]], path: str) -> None:
    """The entry whose address is the longest beginning of the page's is active, and so is what it stands under."""
    every = [e for top in menu for e in (top, *top["children"])]
    urls = [
        e["url"]
        for e in every
        if e["url"] and (path == e["url"] or (e["url"] != "/" and path.startswith(e["url"])))
    ]
    best = max(urls, key=len, default=None)
    for top in menu:
        for entry in top["children"]:
            entry["active"] = entry["url"] == best
        top["active"] = top["url"] == best or any(entry["active"] for entry in top["children"])


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: `menu` (entries the reader may open), `scope`, `demo` (is this the living demo?)."""
    scope: Scope = getattr(request, "scope", Scope.nobody())
    if scope.user_id is None:
        return {"menu": [], "scope": scope, "demo": settings.DEMO}
    menu = [e for e in (_resolved(m, scope) for m in MENU) if e]
    _mark(menu, request.path)
    return {"menu": menu, "scope": scope, "demo": settings.DEMO}
