"""Every event as a typed, versioned dataclass. Payloads carry ids and numbers, never personal text.

`subject` names the thing the event is about as (type, id); the customer timeline and the record pages
look events up by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    kind: ClassVar[str]
    version: ClassVar[int] = 1
    subject_type: ClassVar[str]
    subject_id: str
    unit_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class UserChanged(Event):
    kind = "user.changed"
    subject_type = "user"
    change: str


@dataclass(frozen=True, kw_only=True)
class OrgUnitChanged(Event):
    kind = "org_unit.changed"
    subject_type = "org_unit"
    change: str


@dataclass(frozen=True, kw_only=True)
class TokenChanged(Event):
    kind = "token.changed"
    subject_type = "user"
    change: str
    token_id: int


@dataclass(frozen=True, kw_only=True)
class OrganisationChanged(Event):
    kind = "organisation.changed"
    subject_type = "organisation"
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    kind = "calendar.changed"
    subject_type = "calendar"
    change: str


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Event):
    kind = "customer.changed"
    subject_type = "customer"
    change: str


@dataclass(frozen=True, kw_only=True)
class ContactOptedOut(Event):
    kind = "contact.opted_out"
    subject_type = "customer"
    contact_id: int


@dataclass(frozen=True, kw_only=True)
class CustomersImported(Event):
    kind = "customers.imported"
    subject_type = "import"
    created: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class TreePublished(Event):
    kind = "tree.published"
    subject_type = "tree"
    version_number: int


@dataclass(frozen=True, kw_only=True)
class QuestionnairePublished(Event):
    kind = "questionnaire.published"
    subject_type = "questionnaire"
    version_number: int


@dataclass(frozen=True, kw_only=True)
class WaveOpened(Event):
    kind = "wave.opened"
    subject_type = "wave"
    invited: int
    not_asked: int


@dataclass(frozen=True, kw_only=True)
class WaveClosed(Event):
    kind = "wave.closed"
    subject_type = "wave"
    responses: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class WaveImported(Event):
    kind = "wave.imported"
    subject_type = "wave"
    responses: int


@dataclass(frozen=True, kw_only=True)
class InvitationSent(Event):
    kind = "invitation.sent"
    subject_type = "wave"
    invitation_id: int
    customer_id: int
    reminder: bool = False


@dataclass(frozen=True, kw_only=True)
class MailBounced(Event):
    kind = "mail.bounced"
    subject_type = "mail"
    reference: str
    permanent: bool


@dataclass(frozen=True, kw_only=True)
class MailReceived(Event):
    """A mail came in that no machine wrote and that is not known yet; `subject_id` is the row of the inbox."""

    kind = "mail.received"
    subject_type = "incoming_mail"


@dataclass(frozen=True, kw_only=True)
class ResponseSubmitted(Event):
    """In an anonymous wave `customer_id` is None and nothing else points to a person.

    `about` is what the invitation was about ('complaint:12:1'), `score` the answers' index on the wave's tree
    (0–100), given with `about` only.
    """

    kind = "response.submitted"
    subject_type = "wave"
    response_id: str
    customer_id: int | None = None
    about: str = ""
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class LowScore(Event):
    """An answer's index (0–100) is under the threshold set on its wave; never in an anonymous one."""

    kind = "response.low_score"
    subject_type = "wave"
    response_id: str
    customer_id: int
    score: float


@dataclass(frozen=True, kw_only=True)
class CallbackWished(Event):
    kind = "response.callback_wished"
    subject_type = "wave"
    response_id: str
    customer_id: int | None = None
    wish_id: int


@dataclass(frozen=True, kw_only=True)
class CallbackDone(Event):
    kind = "callback.done"
    subject_type = "wave"
    wish_id: int


@dataclass(frozen=True, kw_only=True)
class ResultStored(Event):
    kind = "result.stored"
    subject_type = "wave"
    result_id: int


@dataclass(frozen=True, kw_only=True)
class ModelRunStored(Event):
    kind = "model_run.stored"
    subject_type = "wave"
    run_id: int


@dataclass(frozen=True, kw_only=True)
class IndustryFigureEntered(Event):
    kind = "industry_figure.entered"
    subject_type = "tree"
    figure_id: int


@dataclass(frozen=True, kw_only=True)
class IndustryFigureRemoved(Event):
    kind = "industry_figure.removed"
    subject_type = "tree"
    figure_id: int


@dataclass(frozen=True, kw_only=True)
class DataExported(Event):
    kind = "data.exported"
    subject_type = "wave"
    what: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class CategoryChanged(Event):
    """A category of complaints (its code), or a shipped set: `change` is 'added', 'changed' or 'installed'."""

    kind = "category.changed"
    subject_type = "category"
    change: str


@dataclass(frozen=True, kw_only=True)
class ComplaintReceived(Event):
    kind = "complaint.received"
    subject_type = "complaint"
    channel: str
    severity: str
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintsImported(Event):
    """Complaints of another system came in as a list; they have no event of their own."""

    kind = "complaints.imported"
    subject_type = "import"
    created: int


@dataclass(frozen=True, kw_only=True)
class ComplaintChanged(Event):
    """`change` names what happened: a state of the lifecycle, 'edited', 'linked', 'merged', 'note', 'message'…"""

    kind = "complaint.changed"
    subject_type = "complaint"
    change: str
    detail: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintAssigned(Event):
    """One of the three roles (first_contact_owner, handler, cause_owner) went to somebody."""

    kind = "complaint.assigned"
    subject_type = "complaint"
    role: str
    user_id: int | None = None
    to_unit_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class WorkOrderChanged(Event):
    """`change`: 'sent', 'accepted', 'returned', 'done' or 'cancelled'."""

    kind = "work_order.changed"
    subject_type = "complaint"
    change: str
    order_id: int
    to_unit_id: int
    user_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HandOverChanged(Event):
    """First-contact ownership: `change` is 'asked', 'accepted', 'declined' or 'taken_back'."""

    kind = "hand_over.changed"
    subject_type = "complaint"
    change: str
    user_id: int


@dataclass(frozen=True, kw_only=True)
class ProposalChanged(Event):
    """`change` is the state a proposal of settlement came to: 'waiting', 'approved', 'refused', 'offered'…"""

    kind = "proposal.changed"
    subject_type = "complaint"
    change: str
    proposal_id: int


@dataclass(frozen=True, kw_only=True)
class ComplaintClosed(Event):
    kind = "complaint.closed"
    subject_type = "complaint"
    closing: int
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintReopened(Event):
    kind = "complaint.reopened"
    subject_type = "complaint"
    closing: int
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerChanged(Event):
    """`change`: 'created', 'submitted', 'published', 'sent_back', 'reviewed', 'retired', 'in_use_again'."""

    kind = "answer.changed"
    subject_type = "answer"
    change: str
    version_number: int


@dataclass(frozen=True, kw_only=True)
class PromiseChanged(Event):
    """`change`: 'made', 'kept', 'broken', 'withdrawn', 'postponed'. `about` is what it was made about ('complaint:12')."""

    kind = "promise.changed"
    subject_type = "promise"
    change: str
    about: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintRated(Event):
    """The complainant rated how the complaint was settled, 1 to 5."""

    kind = "complaint.rated"
    subject_type = "complaint"
    closing: int
    score: int
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class FindingRaised(Event):
    """`what` is the kind of source, such as 'indicator' or 'complaint'."""

    kind = "finding.raised"
    subject_type = "finding"
    what: str


@dataclass(frozen=True, kw_only=True)
class FindingChanged(Event):
    kind = "finding.changed"
    subject_type = "finding"
    change: str


@dataclass(frozen=True, kw_only=True)
class DecisionTaken(Event):
    kind = "decision.taken"
    subject_type = "decision"
    option_id: int


@dataclass(frozen=True, kw_only=True)
class ActionChanged(Event):
    kind = "action.changed"
    subject_type = "action"
    change: str
    finding_id: int


@dataclass(frozen=True, kw_only=True)
class ActionVerified(Event):
    kind = "action.verified"
    subject_type = "action"
    verdict: str
    look: int
    finding_id: int


@dataclass(frozen=True, kw_only=True)
class AnnouncementPublished(Event):
    kind = "announcement.published"
    subject_type = "announcement"
    action_id: int
    told: int


@dataclass(frozen=True, kw_only=True)
class NewsAnswered(Event):
    """Somebody who was told says whether it is better now."""

    kind = "announcement.answered"
    subject_type = "announcement"
    receipt_id: int
    better: bool


@dataclass(frozen=True, kw_only=True)
class FollowUpSurveyWished(Event):
    """Ask the contact by the open wave of this code; `about` names the closing ('complaint:12:1')."""

    kind = "follow_up.survey_wished"
    subject_type = "complaint"
    follow_up_id: int
    about: str
    wave_code: str
    customer_id: int
    contact_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpEnded(Event):
    """`result`: 'satisfied', 'dissatisfied', 'unreachable' or 'cancelled'; `score` 1–5."""

    kind = "follow_up.ended"
    subject_type = "complaint"
    follow_up_id: int
    closing: int
    result: str
    score: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProblemOpened(Event):
    """`origin`: 'hand' or 'rule'. A problem that opens itself again is `ProblemChanged` with 'reopened'."""

    kind = "problem.opened"
    subject_type = "problem"
    origin: str


@dataclass(frozen=True, kw_only=True)
class ProblemChanged(Event):
    """`change`: 'edited', 'linked', 'unlinked', 'signed', 'unsigned', 'action', 'cause', 'reopened'."""

    kind = "problem.changed"
    subject_type = "problem"
    change: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class ProblemClosed(Event):
    kind = "problem.closed"
    subject_type = "problem"
    closing: int


@dataclass(frozen=True, kw_only=True)
class ImprovementRequestChanged(Event):
    """`change`: 'sent', 'accepted', 'rejected' or 'shipped'."""

    kind = "improvement_request.changed"
    subject_type = "improvement_request"
    change: str
    to_unit_id: int
    problem_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintEscalated(Event):
    """Somebody was told that `share` per cent of a time limit are used up; `step` says who."""

    kind = "complaint.escalated"
    subject_type = "complaint"
    target: str
    step: str
    share: int


@dataclass(frozen=True, kw_only=True)
class ClockPolicyChanged(Event):
    kind = "clock_policy.changed"
    subject_type = "clock_policy"
    change: str


@dataclass(frozen=True, kw_only=True)
class JourneyChanged(Event):
    """A stage (`stage:code`) or touchpoint (its code) of the journey map: `change` is 'made', 'changed' or 'moved'."""

    kind = "journey.changed"
    subject_type = "touchpoint"
    change: str


@dataclass(frozen=True, kw_only=True)
class StandardChanged(Event):
    """A service standard (its code): `change` is 'made' or 'changed'; the target and tolerance that hold from now."""

    kind = "standard.changed"
    subject_type = "standard"
    change: str
    target: float
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class SelfAssessmentChanged(Event):
    """`change`: 'opened', 'invited', 'uninvited', 'submitted' or 'closed'; who submitted what stays out of it."""

    kind = "self_assessment.changed"
    subject_type = "self_assessment"
    change: str


@dataclass(frozen=True, kw_only=True)
class ChecklistChanged(Event):
    """A checklist of audits or a scenario of visits; `change` is 'made' or 'changed'."""

    kind = "checklist.changed"
    subject_type = "checklist"
    change: str


@dataclass(frozen=True, kw_only=True)
class AuditChanged(Event):
    """`change`: 'planned', 'started', 'submitted', 'cancelled'."""

    kind = "audit.changed"
    subject_type = "audit"
    change: str


@dataclass(frozen=True, kw_only=True)
class VisitChanged(Event):
    """`change`: 'planned', 'started', 'submitted', 'cancelled', 'published', 'appealed', 'decided'. Before a mystery
    visit is published, nothing here says which unit it goes to: `unit_id` is None.
    """

    kind = "visit.changed"
    subject_type = "visit"
    change: str


@dataclass(frozen=True, kw_only=True)
class AppraisalChanged(Event):
    """`change`: 'made', 'shared', 'replied', 'acknowledged'."""

    kind = "appraisal.changed"
    subject_type = "appraisal"
    change: str


@dataclass(frozen=True, kw_only=True)
class StaffSurveyChanged(Event):
    """`change`: 'opened', 'printed' or 'mailed' (slips of a unit), 'closed'. There is no event of an answer: its
    place in the log would tell when somebody answered.
    """

    kind = "staff_survey.changed"
    subject_type = "staff_survey"
    change: str
    slips: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportScheduleChanged(Event):
    """`change`: 'created', 'changed', 'deleted', or 'sent' (`people` were written to)."""

    kind = "report_schedule.changed"
    subject_type = "report_schedule"
    change: str
    people: int = 0


def kinds() -> dict[str, type[Event]]:
    return {cls.kind: cls for cls in Event.__subclasses__()}
