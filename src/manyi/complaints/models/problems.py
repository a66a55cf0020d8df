"""Problems: what many complaints have in common, its causes, its 8D steps, its actions."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.complaints.models.cases import Category, Complaint
from manyi.customers.models import Customer
from manyi.people.models import OrgUnit, User


class CauseLink(models.TextChoices):
    """Where a root cause lies: in what we offer, in how we work, in who does it."""

    VALUE = "value", _("Value: what we offer")
    SYSTEM = "system", _("System: how we work")
    PERSON = "person", _("Person: who does it")


class Sameness(models.TextChoices):
    """What makes two complaints count as the same problem."""

    BATCH = "batch", _("Same batch")
    PRODUCT = "product", _("Same product and category")
    SERIAL = "serial", _("Same serial number")
    CUSTOMER = "customer", _("Same customer and category")


class DetectionRule(models.Model):
    """`count` complaints within `days` days that are the same open a problem by themselves."""

    unit = models.ForeignKey(
        OrgUnit, on_delete=models.CASCADE, related_name="detection_rules", verbose_name=_("Org unit")
    )
    name = models.CharField(_("Name"), max_length=100)
    same = models.CharField(_("Counts as the same"), max_length=10, choices=Sameness)
    count = models.PositiveSmallIntegerField(
        _("Number of complaints"), default=3, validators=[MinValueValidator(2), MaxValueValidator(1000)]
    )
    days = models.PositiveSmallIntegerField(
        _("Within (days)"), default=30, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    leader = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Team leader"),
    )
    active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Problem(models.Model):
    """One cause behind complaints, worked on in eight disciplines.

    `key` is what makes a complaint a recurrence of it ('batch:b-17'); no two open problems have the same.
    It closes on evidence only (`complaints.evidence`), and opens itself again with `reopened_because`.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("problem", "Open")
        CLOSED = "closed", pgettext_lazy("problem", "Closed")

    class Origin(models.TextChoices):
        HAND = "hand", _("Opened by hand")
        RULE = "rule", _("Opened by rule")

    number = models.CharField(_("Problem number"), max_length=40, unique=True)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, related_name="problems", verbose_name=_("Org unit")
    )
    title = models.CharField(_("Title"), max_length=200)
    state = models.CharField(_("State"), max_length=10, choices=State, default=State.OPEN)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.HAND)
    rule = models.ForeignKey(
        DetectionRule, on_delete=models.SET_NULL, null=True, blank=True, related_name="problems"
    )
    same = models.CharField(_("Counts as the same"), max_length=10, choices=Sameness, blank=True)
    key = models.CharField(max_length=200, blank=True)
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Category"),
    )
    champion = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Champion")
    )
    leader = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Team leader")
    )

    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Customer"),
    )
    customer_reference = models.CharField(_("Customer’s complaint number"), max_length=60, blank=True)
    customer_plant = models.CharField(_("Customer’s plant or contact"), max_length=100, blank=True)
    part_number = models.CharField(_("Part number"), max_length=60, blank=True)
    part_name = models.CharField(_("Part name"), max_length=100, blank=True)
    drawing = models.CharField(_("Drawing and revision"), max_length=60, blank=True)
    batch = models.CharField(_("Batch"), max_length=60, blank=True)
    quantity = models.CharField(_("Quantity affected"), max_length=60, blank=True)
    production_site = models.CharField(_("Production site"), max_length=100, blank=True)

    quiet_days = models.PositiveSmallIntegerField(
        _("Days without recurrence before it may close"), default=30, validators=[MaxValueValidator(730)]
    )
    target_score = models.DecimalField(
        _("Follow-up score wanted (1–5)"),
        max_digits=2,
        decimal_places=1,
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )

    opened_at = models.DateTimeField(_("Opened"))
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(pgettext_lazy("problem", "Closed"), null=True, blank=True)
    closings = models.PositiveSmallIntegerField(default=0)
    reopened = models.PositiveSmallIntegerField(default=0)
    reopened_because = models.CharField(max_length=300, blank=True)

    complaints = models.ManyToManyField(Complaint, through="ProblemCase", related_name="problems")

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="open") & ~Q(key=""), name="problem_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | Q(state="closed", closed_at__isnull=False),
                name="problem_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "-opened_at"], name="problem_unit"),
            models.Index(fields=["key", "state"], name="problem_key"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class ProblemCase(models.Model):
    """A complaint belongs to one problem at most; a problem has many complaints."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="cases")
    complaint = models.OneToOneField(Complaint, on_delete=models.CASCADE, related_name="problem_case")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.problem_id}: {self.complaint_id}"


class CaseCause(models.Model):
    """The root cause of a single complaint, for those that need no 8D."""

    complaint = models.OneToOneField(Complaint, on_delete=models.CASCADE, related_name="cause")
    link = models.CharField(_("Where the cause lies"), max_length=10, choices=CauseLink)
    text = models.CharField(_("Root cause"), max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.link}"


class TeamMember(models.Model):
    """Somebody of the 8D team (D1), perhaps without an account here."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="team")
    name = models.CharField(_("Name"), max_length=100)
    function = models.CharField(_("Function"), max_length=100)
    contact = models.CharField(_("Phone or e-mail"), max_length=100, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Cause(models.Model):
    """A cause of a problem: a bone of the fishbone when it has no parent, else the 'why' of its parent.

    `question` says which of the two questions of D4 it answers: why it happened, or why nobody noticed.
    """

    class Branch(models.TextChoices):
        MAN = "man", pgettext_lazy("fishbone", "Man")
        MACHINE = "machine", pgettext_lazy("fishbone", "Machine")
        MATERIAL = "material", pgettext_lazy("fishbone", "Material")
        METHOD = "method", pgettext_lazy("fishbone", "Method")
        MEASUREMENT = "measurement", pgettext_lazy("fishbone", "Measurement")
        ENVIRONMENT = "environment", pgettext_lazy("fishbone", "Environment")

    class Question(models.TextChoices):
        OCCURRENCE = "occurrence", _("Why did it happen?")
        ESCAPE = "escape", _("Why was it not found?")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="causes")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="whys")
    question = models.CharField(_("Question"), max_length=10, choices=Question, default=Question.OCCURRENCE)
    branch = models.CharField(_("Branch"), max_length=12, choices=Branch)
    text = models.CharField(_("Cause"), max_length=300)
    is_root = models.BooleanField(_("Root cause"), default=False)
    link = models.CharField(_("Where the cause lies"), max_length=10, choices=CauseLink, blank=True)
    proof = models.CharField(_("How it was proved"), max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_root=False) | (~Q(link="") & ~Q(proof="")), name="root_cause_proved"
            )
        ]

    def __str__(self) -> str:
        return self.text


class Discipline(models.TextChoices):
    D1 = "D1", _("The team")
    D2 = "D2", _("Problem description")
    D3 = "D3", _("Containment")
    D4 = "D4", _("Root causes")
    D5 = "D5", _("Corrective actions chosen")
    D6 = "D6", _("Corrective actions carried out")
    D7 = "D7", _("Prevention")
    D8 = "D8", _("Conclusion")


class Step(models.Model):
    """One of the eight disciplines of a problem; `content` is {field: text} of `complaints.eight_d`."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="steps")
    code = models.CharField(max_length=2, choices=Discipline)
    content = models.JSONField(default=dict)
    due_on = models.DateField(_("Due"), null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["problem", "code"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.code}"


class SignOff(models.Model):
    """A step was signed, or its signature taken back with a reason. Rows are only added."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="sign_offs")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed = models.BooleanField()
    reason = models.CharField(_("Reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.step_id} {self.signed}"


class ProblemAction(models.Model):
    """Something to be done about a problem: contain it, take its cause away, keep it from elsewhere."""

    class Kind(models.TextChoices):
        CONTAINMENT = "containment", _("Containment")
        CORRECTIVE = "corrective", _("Corrective action")
        PREVENTIVE = "preventive", _("Preventive action")

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="actions")
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind)
    text = models.CharField(_("What is done"), max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("Responsible"))
    due_on = models.DateField(_("Due"))
    done_at = models.DateTimeField(null=True, blank=True)
    evidence = models.CharField(_("Evidence"), max_length=500, blank=True)
    effectiveness = models.PositiveSmallIntegerField(
        _("Effect in per cent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )

    class Meta:
        ordering = ["kind", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(evidence=""), name="problem_action_evidence"
            )
        ]
        indexes = [
            models.Index(fields=["owner", "due_on"], condition=Q(done_at=None), name="problem_action_open")
        ]

    def __str__(self) -> str:
        return self.text
