"""Seven roles and the rights each holds. Pure data; where a role holds is a membership's org unit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    SATISFACTION_MANAGER = "satisfaction_manager", _("Satisfaction manager")
    AGENT = "agent", _("Agent")
    HANDLER = "handler", _("Handler")
    INTERVIEWER = "interviewer", _("Interviewer")
    EXECUTIVE = "executive", _("Executive")
    DEALER = "dealer", _("Dealer")


RIGHTS = {
    "people.manage": _("Manage users, roles, org units and settings"),
    "customers.read": _("See customers"),
    "customers.edit": _("Create, change and import customers"),
    "designs.read": _("See indicator trees and questionnaires"),
    "designs.edit": _("Design indicator trees and questionnaires"),
    "waves.read": _("See waves and their progress"),
    "waves.run": _("Open, import and close waves"),
    "responses.read": _("See single responses and verbatims"),
    "results.read": _("See results and reports"),
    "events.read": _("See the event log"),
    "complaints.read": _("See complaints"),
    "complaints.receive": _("Receive complaints"),
    "complaints.handle": _("Work on complaints and work orders"),
    "complaints.dispatch": _("Dispatch work orders and reassign complaints"),
    "complaints.approve": _("Approve compensation and sign off problems"),
    "complaints.manage": _("Set categories, time limits, routing and follow-up rules"),
    "promises.edit": _("Make and keep promises to customers"),
    "knowledge.read": _("See standard answers"),
    "knowledge.edit": _("Write standard answers"),
    "knowledge.approve": _("Approve standard answers"),
    "standards.read": _("See touchpoints, standards, audits and self-assessments"),
    "standards.rate": _("Audit, visit and assess against standards"),
    "standards.edit": _("Draw the journey map, set standards and plan audits, visits and assessments"),
    "improvement.read": _("See findings, decisions and actions"),
    "improvement.edit": _("Raise findings and run actions"),
    "improvement.decide": _("Decide on findings, verify actions and tell customers"),
}

_MANAGER = frozenset(RIGHTS) - {"people.manage"}
ROLES: dict[str, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(RIGHTS),
    Role.SATISFACTION_MANAGER: _MANAGER,
    Role.AGENT: frozenset(
        {
            "customers.read",
            "customers.edit",
            "waves.read",
            "responses.read",
            "complaints.read",
            "complaints.receive",
            "complaints.handle",
            "complaints.dispatch",
            "promises.edit",
            "knowledge.read",
            "knowledge.edit",
            "standards.read",
            "improvement.read",
            "improvement.edit",
        }
    ),
    Role.HANDLER: frozenset(
        {
            "customers.read",
            "responses.read",
            "results.read",
            "complaints.read",
            "complaints.handle",
            "promises.edit",
            "knowledge.read",
            "knowledge.edit",
            "standards.read",
            "improvement.read",
            "improvement.edit",
        }
    ),
    Role.INTERVIEWER: frozenset(
        {"customers.read", "waves.read", "knowledge.read", "standards.read", "standards.rate"}
    ),
    Role.EXECUTIVE: frozenset(
        {
            "designs.read",
            "waves.read",
            "results.read",
            "complaints.read",
            "complaints.approve",
            "standards.read",
            "standards.rate",
            "improvement.read",
            "improvement.decide",
        }
    ),
    Role.DEALER: frozenset({"results.read", "complaints.receive", "knowledge.read"}),
}
