"""Forms of standard answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from manyi.knowledge import queries, services
from manyi.knowledge.models import StandardAnswer, Topic
from manyi.people.models import OrgUnit, User
from manyi.web.templatetags.web import localised

STATE_CHOICES = [
    ("", _("All in use")),
    ("published", _("Published")),
    ("draft", _("Drafts")),
    ("submitted", _("Waiting for approval")),
    ("review", _("To review")),
    ("retired", _("Out of use")),
]


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{'　' * obj.depth}{localised(obj.name)}"


class TopicField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return localised(obj.name)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name())


class FilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    topic = TopicField(
        label=_("Topic"), queryset=Topic.objects.none(), required=False, empty_label=_("All topics")
    )
    product = forms.ChoiceField(label=_("Product"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATE_CHOICES)

    def __init__(self, data: Any, *, topics: QuerySet[Topic], products: list[str]) -> None:
        super().__init__(data)
        self.fields["topic"].queryset = topics  # type: ignore[attr-defined]
        self.fields["product"].choices = [("", _("All products")), *((p, p) for p in products)]  # type: ignore[attr-defined]

    def selection(self) -> dict[str, Any]:
        """What `queries.answers` takes; a value that is no choice is left out."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "text": data.get("q", "").replace("\0", ""), "topic": data.get("topic"),
            "product": data.get("product", ""), "state": data.get("state", ""),
        }  # fmt: skip


class AnswerForm(forms.Form):
    """The words in both languages side by side, and the particulars."""

    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=services.MAX_TITLE, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=services.MAX_TITLE, required=False)
    body_zh = forms.CharField(
        label=_("Answer in Chinese"), max_length=services.MAX_BODY, required=False,
        widget=forms.Textarea(attrs={"rows": 12, "lang": "zh-Hans"}),
    )  # fmt: skip
    body_en = forms.CharField(
        label=_("Answer in English"), max_length=services.MAX_BODY, required=False,
        widget=forms.Textarea(attrs={"rows": 12, "lang": "en"}),
    )  # fmt: skip
    keywords = forms.CharField(
        label=_("Keywords"), max_length=services.MAX_KEYWORDS, required=False,
        help_text=_("Other words people use for it, in either language; the search finds them too."),
    )  # fmt: skip
    public = forms.BooleanField(
        label=_("Show on the public page"), required=False,
        help_text=_("Once it is approved, everybody can read it under “Questions and answers”."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What you changed"), max_length=services.MAX_NOTE, required=False,
        help_text=_("For the person who approves it."),
    )  # fmt: skip
    unit = UnitField(
        label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None,
        help_text=_("It holds for this unit and all below it."),
    )  # fmt: skip
    topic = TopicField(label=_("Topic"), queryset=Topic.objects.none(), required=False)
    product = forms.CharField(label=_("Product"), max_length=100, required=False)
    reviewer = PersonField(
        label=_("Reviewed by"), queryset=User.objects.none(), required=False,
        help_text=_("Gets a mail when the review is due."),
    )  # fmt: skip
    review_on = forms.DateField(
        label=_("To be reviewed on"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Left empty: one year after it is published."),
    )  # fmt: skip
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, units: QuerySet[OrgUnit], people: QuerySet[User], answer: StandardAnswer | None = None, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        reviewer: Any = self.fields["reviewer"]
        keep = answer.reviewer_id if answer else None
        reviewer.queryset = people | User.objects.filter(pk=keep).distinct() if keep else people
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["topic"].queryset = queries.topics()  # type: ignore[attr-defined]

    def words(self) -> services.Words:
        data = self.cleaned_data
        return services.Words(
            title={"zh": data["title_zh"], "en": data["title_en"]},
            body={"zh": data["body_zh"], "en": data["body_en"]},
            keywords=data["keywords"], public=data["public"], note=data["note"],
        )  # fmt: skip

    def particulars(self) -> services.Particulars:
        names = ("unit", "topic", "product", "reviewer", "review_on")
        return services.Particulars(**{name: self.cleaned_data[name] for name in names})


class TopicForm(forms.Form):
    zh = forms.CharField(label=_("Name in Chinese"), max_length=60, required=False)
    en = forms.CharField(label=_("Name in English"), max_length=60, required=False)
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=9999, initial=0)
