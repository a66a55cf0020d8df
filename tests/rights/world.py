"""A branch that holds one of everything, each text with a mark that nobody of another branch may ever read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile

from manyi.complaints import models as complaints
from manyi.complaints.services import cases, work_orders
from manyi.customers import models as customers
from manyi.events.services import start_job
from manyi.improvement import models as improvement
from manyi.knowledge.models import AnswerVersion, StandardAnswer
from manyi.messaging.models import IncomingMail
from manyi.people.models import BusinessCalendar
from manyi.reports.models import ReportSchedule
from manyi.standards.models import (
    AppraisalSheet,
    Audit,
    Checklist,
    MysteryVisit,
    SelfAssessment,
    ServiceStandard,
    Stage,
    Touchpoint,
)
from manyi.surveys.models import CallbackWish, ImportFile, Response, StaffSurvey
from tests import factories
from tests.conftest import Cast

#: What requests look for, and what no answer to them may hold.
FIND = "findmehere"
CANARY = "zqxcanary"
PHONE = "13855500077"
TEXT = f"{FIND} {CANARY}"


@dataclass
class World:
    """Keys of the branch's things, by the beginning of the address that shows them."""

    places: dict[str, Any]
    words: dict[str, Any]
    complaint: complaints.Complaint
    units: set[int] = field(default_factory=set)


def build(cast: Cast, at: datetime) -> World:
    """One of everything in the east branch."""
    day = at.date()
    owner = cast.east_manager
    customer = factories.customer(cast.east, 1, at, name=TEXT)
    contact = customer.contacts.get()
    customers.Contact.objects.filter(pk=contact.pk).update(name=TEXT)
    product = customers.OwnedProduct.objects.create(customer=customer, model=CANARY, serial="SN-FIND")
    customers.Order.objects.create(customer=customer, number="PO-FIND", at=at, product=CANARY)
    customers.Interaction.objects.create(customer=customer, at=at, text=TEXT)
    row = factories.complaint(
        cast.east, owner, at, title=TEXT, description=TEXT, complainant=TEXT, phone=PHONE, serial="SN-FIND",
        product=CANARY, place=CANARY, order_number="PO-FIND", wanted_remedy=TEXT, customer=customer, contact=contact,
        email="c1.east@example.org",
    )  # fmt: skip
    factories.complaint(cast.east, owner, at, title=TEXT, customer=customer, product=CANARY)
    scope = cast.scope("east_manager")
    cases.start(scope, complaint=row, at=at)
    cases.add_note(scope, complaint=row, text=TEXT, at=at)
    message = row.messages.create(direction="in", channel="mail", at=at, text=TEXT)
    attachment = row.attachments.create(
        message=message, file=ContentFile(TEXT.encode(), name="f.txt"), name=f"{CANARY}.txt",
        content_type="text/plain", size=20, uploaded_at=at,
    )  # fmt: skip
    order = work_orders.send(scope, complaint=row, unit=cast.east, instruction=TEXT, at=at)
    follow_up = complaints.FollowUp.objects.create(
        complaint=row, closing=1, kind="first", unit=cast.east, caller=owner, created_at=at, promised_at=at,
        due_at=at, words=TEXT,
    )  # fmt: skip
    proposal = complaints.Proposal.objects.create(
        complaint=row, unit=cast.east, kind="refund", remedy=TEXT, amount=9999, state="waiting", proposed_at=at,
        proposed_by=cast.agent,
    )  # fmt: skip
    complaints.Letter.objects.create(
        complaint=row, language="en", subject=TEXT, body=TEXT, written_at=at, attachment=attachment
    )
    complaints.HandOver.objects.create(complaint=row, owner=owner, to=cast.agent, reason=TEXT, asked_at=at)
    escalation = complaints.Escalation.objects.create(
        complaint=row, round=1, target="resolve", step="owner", share=100, due_at=at, fired_at=at
    )
    notice = escalation.notices.create(user=owner)
    problem = complaints.Problem.objects.create(number="P-FIND", unit=cast.east, title=TEXT, opened_at=at)
    complaints.ProblemCase.objects.create(problem=problem, complaint=row, at=at)
    complaints.ProblemAction.objects.create(
        problem=problem, kind="corrective", text=TEXT, owner=owner, due_on=day
    )
    complaints.Cause.objects.create(problem=problem, branch="machine", text=TEXT)
    rule = complaints.DetectionRule.objects.create(unit=cast.east, name=TEXT, same="batch")
    request = complaints.ImprovementRequest.objects.create(
        number="IR-FIND",
        unit=cast.east,
        to_unit=cast.east,
        audience="design",
        title=TEXT,
        text=TEXT,
        sent_at=at,
    )
    # One ordered list of the whole organisation, like the time limits: those who set them see all of it.
    routing = complaints.RoutingRule.objects.create(name="Rule", to_unit=cast.east)
    saved = complaints.SavedFilter.objects.create(user=owner, name=CANARY, query=f"q={FIND}")
    limit = customers.AuthorityLimit.objects.create(unit=cast.east, per_case=1, role="agent")
    promise = customers.Promise.objects.create(
        unit=cast.east, customer=customer, subject=f"complaint:{row.pk}", text=TEXT, owner=owner, made_by=owner,
        made_at=at, due_at=at, remind_at=at,
    )  # fmt: skip
    mail = IncomingMail.objects.create(
        mailbox="m", uidvalidity=1, uid=1, unit=cast.east, identity="<x@y>", sender="x@example.org",
        sender_name=CANARY, subject=TEXT, received_at=at, size=3,
    )  # fmt: skip
    answer = StandardAnswer.objects.create(unit=cast.east, created_at=at)
    AnswerVersion.objects.create(
        answer=answer, number=1, title={"zh": TEXT, "en": TEXT}, body={"zh": TEXT, "en": TEXT}, changed_at=at
    )
    wave = factories.wave(cast.east, at, code="find-wave", name={"zh": TEXT, "en": TEXT})
    invitation = factories.invitation(wave, customer, at)
    Response.objects.create(
        wave=wave, invitation=invitation, customer=customer, unit=cast.east, channel="web", submitted_at=at,
        answers={"on_time": 1, "comment": TEXT},
    )  # fmt: skip
    wish = CallbackWish.objects.create(
        wave=wave, unit=cast.east, name=TEXT, phone=PHONE, wish=TEXT, created_at=at
    )
    finding = improvement.Finding.objects.create(
        number="F-FIND", unit=cast.east, title=TEXT, description=TEXT, raised_at=at
    )
    action = improvement.Action.objects.create(
        finding=finding, unit=cast.east, title=TEXT, owner=owner, starts_on=day, due_on=day + timedelta(days=9),
        target=60, subject="tree", corrective=TEXT, created_at=at,
    )  # fmt: skip
    decision = improvement.Decision.objects.create(unit=cast.east, question=TEXT, created_at=at)
    decision.options.create(name=TEXT, expected_gain=1.0)
    training = improvement.Acknowledgement.objects.create(action=action, user=owner, asked_at=at)
    news = improvement.Announcement.objects.create(
        action=action,
        unit=cast.east,
        you_said={"zh": TEXT, "en": TEXT},
        we_did={"zh": TEXT, "en": TEXT},
        created_at=at,
    )
    assessment = SelfAssessment.objects.create(
        unit=cast.east, name={"zh": TEXT, "en": TEXT}, opened_at=at, closes_on=day
    )
    assessment.raters.create(user=owner, ratings={}, comments={"reach": TEXT}, invited_at=at)
    job = start_job(scope, kind="x", function="x", label={"zh": TEXT, "en": TEXT}, at=at, arguments={"wave": wave.code, "format": "pdf", "language": "en"})  # fmt: skip
    from django_q.models import OrmQ

    OrmQ.objects.filter(pk=OrmQ.objects.order_by("-pk").values("pk")[:1]).delete()
    upload = {
        "unit": cast.east,
        "name": f"{CANARY}.csv",
        "size": 3,
        "rows": 1,
        "encoding": "utf-8",
        "created_at": at,
    }
    customer_file = customers.CustomerImport.objects.create(owner_id=owner.pk, **upload)
    list_file = complaints.ComplaintImport.objects.create(owner_id=owner.pk, **upload)
    lists = customers.FileImport.objects.create(owner_id=owner.pk, **upload)
    answers_file = ImportFile.objects.create(owner_id=owner.pk, **upload)
    calendar = BusinessCalendar.objects.create(
        code="find", name={"zh": "日历", "en": "Calendar"}, week=["09:00-17:00"] * 7
    )
    policy = complaints.ClockPolicy.objects.create(code="find", calendar=calendar)
    reason = complaints.PauseReason.objects.create(code="find")
    template = complaints.LetterTemplate.objects.create(code="find")
    category = complaints.Category.objects.create(code="find")
    token = cast.agent.tokens.create(name=CANARY, digest="x", prefix="x", created_at=at)
    both = {"zh": TEXT, "en": TEXT}
    stage = Stage.objects.create(code="find", name={"zh": "交付", "en": "Delivery"})
    point = Touchpoint.objects.create(
        code="find", name=both, description=both, stage=stage, unit=cast.east, owner=owner
    )
    standard = ServiceStandard.objects.create(
        code="find", name=both, touchpoint=point, target=90, training=both
    )
    schedule = ReportSchedule.objects.create(unit=cast.east, since=at, created_at=at)
    schedule.recipients.set([owner])
    rounds: dict[str, Any] = {"unit": cast.east, "planned_by": owner, "planned_at": at, "submitted_at": at, "score": 0, "low": 0, "high": 50, "checks": 1, "worth": 1, "remarks": TEXT}  # fmt: skip
    checklists = {
        kind: Checklist.objects.create(kind=kind, unit=cast.east, name=both, briefing=both, created_at=at)
        for kind in ("audit", "visit")
    }
    audit = Audit.objects.create(
        checklist=checklists["audit"], auditor=owner, due_on=day, state="submitted", **rounds
    )
    visit = MysteryVisit.objects.create(
        checklist=checklists["visit"], visitor=cast.executive, starts_on=day, ends_on=day, state="published", visited_at=at,
        published_at=at, **rounds,
    )  # fmt: skip
    looked = [row.marks.create(text=both, note=TEXT, standard=standard, value=0) for row in (audit, visit)]
    sheet = AppraisalSheet.objects.create(
        person=cast.agent, unit=cast.east, since=day, until=day, comment=TEXT, reply=TEXT, state="shared", made_at=at,
        shared_at=at, shared_by=owner, figures=[{"own": True, "name": both, "value": 1, "n": 1, "measure": "%", "status": ""}],
    )  # fmt: skip
    mean = [3.0, 2.0, 4.0, 12, 0.2]
    asked_staff = StaffSurvey.objects.create(
        code="find-staff", name=both, unit=cast.east, questionnaire_version=wave.questionnaire_version, state="closed",
        created_at=at, closed_at=at, headcounts={str(cast.east.pk): 12},
        figures={
            "minimum": 5, "asked": 12, "n": 12, "columns": {"on_time": mean}, "texts": {"comment": [TEXT]},
            "units": {str(cast.east.pk): {"parent": None, "n": 12, "asked": 12, "name": both}},
        },
    )  # fmt: skip
    places = {
        "account/tokens/": token.pk, "settings/units/": cast.east.pk, "settings/users/": cast.agent.pk,
        "settings/calendars/": calendar.pk, "settings/categories/": category.pk,
        "settings/time-limits/": policy.pk, "settings/time-limits/reasons/": reason.pk,
        "settings/authority-limits/": limit.pk, "settings/letters/": template.pk, "settings/routing/": routing.pk,
        "promises/": promise.pk, "customers/": customer.pk, "contacts/": contact.pk, "knowledge/": answer.pk,
        "faq/": answer.pk, "callbacks/": wish.pk, "waves/": wave.pk, "customers/imports/": customer_file.key,
        "customers/file-imports/": lists.key,
        "imports/": answers_file.key, "complaints/": row.number, "complaints/filters/": saved.pk,
        "complaints/mailbox/": mail.pk, "complaints/imports/": list_file.key, "complaints/notices/": notice.pk, "work-orders/": order.pk,
        "proposals/": proposal.pk, "follow-ups/": follow_up.pk, "problems/": problem.number,
        "problems/rules/": rule.pk, "improvement-requests/": request.number, "results/": wave.code, "results/staff-and-customers/": "scatter", "staff-surveys/": asked_staff.code, "staff-results/": asked_staff.code, "api/v1/staff-surveys/": asked_staff.code,
        "reports/": wave.code, "reports/files/": job.key, "reports/schedules/": schedule.pk,
        "api/v1/report-schedules/": schedule.pk, "jobs/": job.key, "news/": uuid4(),
        "trees/": "csi", "questionnaires/": "main", "improve/findings/": finding.number,
        "improve/actions/": action.pk, "improve/decisions/": decision.pk,
        "improve/training/": training.pk, "improve/told/": news.pk,
        "journey-map/stages/": stage.code, "journey-map/touchpoints/": point.code, "journey-map/move/": "touchpoint",
        "audits/": audit.pk, "audits/checklists/": checklists["audit"].pk, "visits/": visit.key,
        "visits/scenarios/": checklists["visit"].pk, "visits/league/": "none", "appraisals/": sheet.pk,
        "api/v1/audits/": audit.pk, "api/v1/mystery-visits/": visit.key,
        "service-standards/": standard.code, "api/v1/journey-stages/": stage.code,
        "api/v1/touchpoints/": point.code, "api/v1/standards/": standard.code,
        "complain/": "east", "complain/thanks/": row.number, "c/": row.number,
        "api/v1/org-units/": cast.east.pk, "api/v1/calendars/": calendar.pk, "api/v1/customers/": customer.pk,
        "api/v1/contacts/": contact.pk, "api/v1/products/": product.pk, "api/v1/clock-policies/": policy.pk,
        "api/v1/complaints/": row.number, "api/v1/complaint-categories/": category.code,
        "api/v1/proposals/": proposal.pk, "api/v1/work-orders/": order.pk, "api/v1/standard-answers/": answer.pk,
        "api/v1/promises/": promise.pk, "api/v1/imports/": answers_file.key, "api/v1/questionnaires/": "main",
        "api/v1/results/": wave.code, "api/v1/findings/": finding.number, "api/v1/actions/": action.pk,
        "api/v1/follow-ups/": follow_up.pk, "self-assessment/": assessment.pk,
        "results/league/funnel.": "csv",
        "api/v1/self-assessments/": assessment.pk,
        "api/v1/improvement-requests/": request.number,
        "api/v1/never-miss/": "handled",
        "api/v1/problems/": problem.number,
        "api/v1/reports/": job.key, "api/v1/trees/": "csi", "api/v1/waves/": wave.pk,
    }  # fmt: skip
    words = {
        "unit": cast.east.pk, "respondents": "managers",
        "mark": looked[0].pk, "mark_id": looked[0].pk, "photo": 1,
        "secret": "wrong", "token": "wrong", "page": "what", "name": "pareto", "kind": "csv", "format": "csv",
        "language": "en", "table": "paths", "node": "csi", "code": "d2", "invitation": invitation.pk,
        "customer": customer.pk, "product_pk": product.pk, "number": 1, "pk": attachment.pk,
    }  # fmt: skip
    return World(places, words, row, {cast.east.pk})
