"""What three standards ask for, in our own words, how it is met here, and which records show it.

Only clause numbers are named. Whoever audits holds this against the text of the standard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Requirement:
    """`records` are names of `evidence.KINDS`."""

    clause: str
    asks: Text
    how: Text
    records: Sequence[str]


ISO_9001, ISO_10002, ISO_10004 = "ISO 9001:2015", "ISO 10002:2018", "ISO 10004:2018"

REQUIREMENTS: dict[str, Sequence[Requirement]] = {
    ISO_9001: (
        Requirement(
            "9.1.2", _("Know how customers see it: to what degree their needs and expectations are met."),
            _("Customers are asked in waves; the index has an interval, and those who wish it are called back."),
            ("waves", "asked", "index", "callbacks"),
        ),
        Requirement(
            "9.1.2", _("Lay down how this is found out, watched and reviewed."),
            _("Trees and questionnaires have versions; who was not asked is kept with the reason; results stay as computed."),
            ("methods", "not_asked", "stored", "reviews"),
        ),
        Requirement(
            "8.2.1", _("Keep in touch with customers and take in what they say, complaints among it."),
            _("Complaints come by several ways into one place, and what was promised to customers is watched."),
            ("channels", "received", "promises"),
        ),
        Requirement(
            "9.1.3", _("Evaluate the data, and judge satisfaction by them."),
            _("Changes are tested before they are called changes; weak points become findings."),
            ("index", "stored", "findings"),
        ),
        Requirement(
            "9.3.2", _("Bring satisfaction and feedback before the management."),
            _("The review is sent at fixed times, and decisions are kept with their reasons."),
            ("reviews", "decisions"),
        ),
        Requirement(
            "10.2", _("Deal with what went wrong, complaints included: remove the causes and look whether that worked."),
            _("Problems go through 8D; actions have a target figure that is looked up before and after."),
            ("problems", "actions", "verifications"),
        ),
    ),
    ISO_10002: (
        Requirement(
            "5.4", _("Say who is responsible and may decide what."),
            _("Each complaint has a first-contact owner and a handler; limits of authority say who may give how much."),
            ("authority", "policies"),
        ),
        Requirement(
            "6.2", _("Set aims for handling complaints."),
            _("Time limits by severity, tier and category; service standards with target and tolerance."),
            ("policies", "standards"),
        ),
        Requirement(
            "6.4", _("Provide what it takes: people who were trained, and means."),
            _("Standard answers are approved by another person; who works by a new process acknowledges the training."),
            ("answers", "training"),
        ),
        Requirement(
            "7.1", _("Let everybody know how to complain and what happens then."),
            _("A public form and a status page in both languages, and answers anybody may read."),
            ("channels", "answers"),
        ),
        Requirement(
            "7.2", _("Record each complaint with what is needed to handle it."),
            _("One page takes in what happened, the wanted remedy and the files, whatever way it came."),
            ("received", "classified"),
        ),
        Requirement(
            "7.3", _("Follow each complaint from the first word to the end."),
            _("Each step is an entry of a log that cannot be changed."), ("log",),
        ),
        Requirement(
            "7.4", _("Acknowledge it promptly."), _("A clock in business time runs until it is acknowledged."),
            ("acknowledged", "messages"),
        ),
        Requirement(
            "7.5", _("Judge first how serious and urgent it is."), _("Severity and category decide its time limits."),
            ("classified",),
        ),
        Requirement(
            "7.6", _("Look into the circumstances as far as its weight asks for."),
            _("Causes are kept with the complaint; what comes again becomes a problem."), ("causes", "problems"),
        ),
        Requirement(
            "7.7", _("Answer, and put it right or say when that will be."),
            _("Answers have a time limit of their own, and promises are watched."), ("responded", "promises"),
        ),
        Requirement(
            "7.8", _("Tell the complainant what was decided."),
            _("Settlements are approved within limits, offered in writing and answered by the customer."),
            ("proposals", "messages"),
        ),
        Requirement(
            "7.9", _("Close it when the complainant accepts, and keep the door open when not."),
            _("After closing the complainant is asked; dissatisfaction opens the case again."), ("closed", "reopened", "follow_ups"),
        ),
        Requirement(
            "8.1", _("Keep what is learnt from complaints so that it can be used."),
            _("Case, messages, files and log are kept together."), ("received", "log"),
        ),
        Requirement(
            "8.2", _("Sort and analyse complaints for what comes again and again."),
            _("Pareto, trends, times and outcomes; clusters become problems, problems become findings."),
            ("causes", "problems", "findings"),
        ),
        Requirement(
            "8.3", _("Find out how satisfied complainants are with the handling."),
            _("First and second follow-ups, by call or questionnaire."), ("follow_ups", "handling"),
        ),
        Requirement(
            "8.4", _("Watch the process by figures."), _("Kept time limits, escalations and repeats are counted from the log."),
            ("resolved", "escalations", "reopened"),
        ),
        Requirement(
            "8.5", _("Audit it regularly."), _("Audits with checklists of the standards, mystery visits, self-assessments."),
            ("audits", "visits", "assessments"),
        ),
        Requirement(
            "8.6", _("Let the management review it."), _("The review is sent at fixed times and can be printed on one page."),
            ("reviews", "decisions"),
        ),
        Requirement(
            "8.7", _("Make it better all the time."), _("Actions are verified by the figure they were to move; customers are told."),
            ("actions", "verifications", "announcements"),
        ),
    ),
    ISO_10004: (
        Requirement(
            "6.1, 6.2", _("Settle what for, of whom and how often satisfaction is measured."),
            _("A wave has a purpose, an audience, a sample and dates, and belongs to a series."), ("waves", "asked"),
        ),
        Requirement(
            "6.3", _("Settle the methods and who is answerable."),
            _("Published versions of trees and questionnaires cannot be changed; results name theirs."), ("methods", "stored"),
        ),
        Requirement(
            "7.2", _("Know who the customers are and what they expect."),
            _("Touchpoints of the journey have owners, standards and the indicator customers judge them by."),
            ("touchpoints", "standards"),
        ),
        Requirement(
            "7.3.2", _("Use indirect signs of satisfaction."),
            _("Complaints, promises, audits and mystery visits stand beside the surveys."),
            ("received", "promises", "audits", "visits"),
        ),
        Requirement(
            "7.3.3, 7.3.4", _("Ask customers directly, by a sound sample."),
            _("Samples are drawn by plan; nobody is asked too often, and who was left out is on record."), ("asked", "not_asked"),
        ),
        Requirement(
            "7.4", _("Analyse the data: how sure they are, what drives satisfaction, what changed."),
            _("Intervals, tests, drivers and priorities; small groups are not shown."), ("index", "stored"),
        ),
        Requirement(
            "7.5", _("Pass on what was found to those who can use it, and to customers."),
            _("Reports at fixed times; announcements to those who raised it."), ("reviews", "announcements"),
        ),
        Requirement(
            "7.6", _("Watch satisfaction over time, and whether what is done shows."),
            _("Waves of a series are compared; actions are verified by the same indicator and definition."),
            ("waves", "actions", "verifications"),
        ),
        Requirement(
            "8", _("Look at the measuring itself, and keep it up."),
            _("Self-assessments and staff surveys; appraisal sheets with a right of reply."), ("assessments", "staff", "appraisals"),
        ),
    ),
}  # fmt: skip
