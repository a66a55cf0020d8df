"""The work of the eight disciplines: team, texts, causes, actions, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import eight_d
from manyi.complaints.models import Cause, Problem, ProblemAction, SignOff, Step, TeamMember
from manyi.complaints.queries import problems as queries
from manyi.complaints.services.problems import note, require_work, take_back
from manyi.people.models import User
from manyi.scope import Scope
from manyi.web.errors import Refused

DEEPEST = 8


def _step(problem: Problem, code: str) -> Step:
    return Step.objects.select_for_update().get_or_create(problem=problem, code=code)[0]


def _unsigned(problem: Problem, code: str) -> None:
    """Raise Refused when the discipline is signed: what was signed stays as it was."""
    if problem.steps.filter(code=code, signed_at__isnull=False).exists():
        raise Refused(_("%(code)s is signed. Take the signature back before you change it.") % {"code": code})


@transaction.atomic
def add_member(
    scope: Scope, *, problem: Problem, name: str, function: str, contact: str = "", at: datetime
) -> TeamMember:
    require_work(scope, problem)
    _unsigned(problem, "D1")
    row = TeamMember(problem=problem, name=name.strip(), function=function.strip(), contact=contact.strip())
    row.full_clean(exclude=["problem"])
    row.save()
    note(scope, problem, "edited", at=at, detail="team")
    return row


@transaction.atomic
def remove_member(scope: Scope, *, member: TeamMember, at: datetime) -> None:
    require_work(scope, member.problem)
    _unsigned(member.problem, "D1")
    member.delete()
    note(scope, member.problem, "edited", at=at, detail="team")


@transaction.atomic
def write(
    scope: Scope,
    *,
    problem: Problem,
    code: str,
    content: Mapping[str, str],
    due_on: date | None,
    at: datetime,
) -> Step:
    """Write the texts of a discipline (its FIELDS) and its date. Raises Refused when it is signed."""
    require_work(scope, problem)
    step = _step(problem, code)
    _unsigned(problem, code)
    known = {field.name for field in eight_d.FIELDS[code]}
    step.content = {name: text.strip() for name, text in content.items() if name in known}
    step.due_on = due_on
    step.save(update_fields=["content", "due_on"])
    note(scope, problem, "edited", at=at, detail=code)
    return step


@transaction.atomic
def add_cause(
    scope: Scope,
    *,
    problem: Problem,
    text: str,
    branch: str,
    question: str,
    parent: Cause | None,
    at: datetime,
) -> Cause:
    """A cause on a branch of the fishbone, or the 'why' of another one, whose branch and question it shares."""
    require_work(scope, problem)
    _unsigned(problem, "D4")
    if parent is not None:
        if parent.problem_id != problem.pk:
            raise Refused(_("The cause belongs to another problem."))
        if _depth(parent) >= DEEPEST:
            raise Refused(_("After %(n)s times “why” look for another way in.") % {"n": DEEPEST})
        branch, question = parent.branch, parent.question
    row = Cause(problem=problem, parent=parent, text=text.strip(), branch=branch, question=question)
    row.full_clean(exclude=["problem", "parent"])
    row.save()
    note(scope, problem, "cause", at=at)
    return row


def _depth(cause: Cause) -> int:
    depth, here = 1, cause
    while here.parent is not None:
        depth, here = depth + 1, here.parent
    return depth


@transaction.atomic
def judge_cause(
    scope: Scope, *, cause: Cause, is_root: bool, link: str = "", proof: str = "", at: datetime
) -> Cause:
    """Mark a cause as the root, with where it lies and how it was proved, or take the mark away."""
    require_work(scope, cause.problem)
    _unsigned(cause.problem, "D4")
    if is_root and not (link and proof.strip()):
        raise Refused(_("Say where the root cause lies and how it was proved."))
    cause.is_root, cause.link, cause.proof = is_root, link if is_root else "", proof.strip()
    cause.full_clean(exclude=["problem", "parent"])
    cause.save(update_fields=["is_root", "link", "proof"])
    note(scope, cause.problem, "cause", at=at)
    return cause


@transaction.atomic
def remove_cause(scope: Scope, *, cause: Cause, at: datetime) -> None:
    """Take a cause away, with the whys below it."""
    require_work(scope, cause.problem)
    _unsigned(cause.problem, "D4")
    cause.delete()
    note(scope, cause.problem, "cause", at=at)


STEP_OF = {"containment": "D3", "corrective": "D5", "preventive": "D7"}


@transaction.atomic
def add_action(
    scope: Scope, *, problem: Problem, kind: str, text: str, owner: User, due_on: date, at: datetime
) -> ProblemAction:
    """Raises Refused when the discipline the action belongs to is signed, ValidationError."""
    require_work(scope, problem)
    _unsigned(problem, STEP_OF.get(kind, "D3"))
    row = ProblemAction(problem=problem, kind=kind, text=text.strip(), owner=owner, due_on=due_on)
    row.full_clean(exclude=["problem"])
    row.save()
    note(scope, problem, "action", at=at, detail="added")
    return row


@transaction.atomic
def finish_action(
    scope: Scope, *, action: ProblemAction, evidence: str, effectiveness: int | None, at: datetime
) -> ProblemAction:
    """It is done: with what evidence, and how much it helps (0–100 %). Its owner may say so too."""
    if action.owner_id != scope.user_id or scope.user_id is None:
        require_work(scope, action.problem)
    if not evidence.strip():
        raise Refused(_("Say what shows that the action was done."))
    action.evidence, action.effectiveness, action.done_at = evidence.strip(), effectiveness, at
    action.full_clean(exclude=["problem", "owner"])
    if not ProblemAction.objects.filter(pk=action.pk, done_at=None).update(
        evidence=action.evidence, effectiveness=effectiveness, done_at=at
    ):
        raise Refused(_("This action was done already. Reload the page."))
    note(scope, action.problem, "action", at=at, detail="done")
    return action


@transaction.atomic
def remove_action(scope: Scope, *, action: ProblemAction, at: datetime) -> None:
    """Take an action away that was not done."""
    require_work(scope, action.problem)
    _unsigned(action.problem, STEP_OF[action.kind])
    if action.done_at is not None:
        raise Refused(_("An action that was done stays in the record."))
    action.delete()
    note(scope, action.problem, "action", at=at, detail="removed")


@transaction.atomic
def sign(scope: Scope, *, problem: Problem, code: str, at: datetime) -> Step:
    """Sign a discipline. Raises NotAllowed, Refused with what is missing or which one has to be signed first."""
    scope.require("complaints.approve", problem.unit_id)
    problem = Problem.objects.select_for_update().get(pk=problem.pk)
    if not problem.is_open:
        raise Refused(_("Problem %(number)s is closed.") % {"number": problem.number})
    step = _step(problem, code)
    if step.signed_at is not None:
        return step
    signed = set(problem.steps.filter(signed_at__isnull=False).values_list("code", flat=True))
    earlier = [other for other in eight_d.before(code) if other not in signed]
    if earlier:
        raise Refused(_("Sign %(earlier)s before %(code)s.") % {"earlier": ", ".join(earlier), "code": code})
    lacking = eight_d.missing(code, step.content, queries.facts(problem))
    if lacking:
        raise Refused(_("%(code)s cannot be signed yet. %(why)s") % {"code": code, "why": " ".join(lacking)})
    step.signed_at, step.signed_by_id = at, scope.user_id
    step.save(update_fields=["signed_at", "signed_by"])
    SignOff.objects.create(step=step, at=at, by_id=scope.user_id, signed=True)
    note(scope, problem, "signed", at=at, detail=code)
    return step


@transaction.atomic
def unsign(scope: Scope, *, problem: Problem, code: str, reason: str, at: datetime) -> None:
    """Take back the signature of a discipline and of all that build on it; the history keeps them."""
    scope.require("complaints.approve", problem.unit_id)
    if not problem.is_open:
        raise Refused(_("Problem %(number)s is closed.") % {"number": problem.number})
    if not reason.strip():
        raise Refused(_("Say why the signature is taken back."))
    later = eight_d.CODES[eight_d.CODES.index(code) :]
    take_back(scope, problem, later, reason=reason.strip(), at=at)
    note(scope, problem, "unsigned", at=at, detail=code)
