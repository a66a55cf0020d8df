"""The form of one category."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import Category
from manyi.web.templatetags.web import localised


class GroupField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return localised(obj.name)


class CategoryForm(forms.Form):
    """Of a new category, or of one that is there, whose code and group stay."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=60, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=60, required=False)
    parent = GroupField(
        label=_("Category group"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=_("A new group"),
    )
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits, - and _; imports and the API use it.")
    )

    def __init__(self, data: Any, *, category: Category | None = None) -> None:
        names = category.name if category else {}
        super().__init__(data, initial={"name_zh": names.get("zh", ""), "name_en": names.get("en", "")})
        self.fields["parent"].queryset = Category.objects.filter(parent=None)  # type: ignore[attr-defined]
        if category is not None:
            del self.fields["parent"], self.fields["code"]

    def values(self) -> dict[str, Any]:
        """What `services.categories.add_category` takes."""
        data = self.cleaned_data
        name = {"zh": data["name_zh"], "en": data["name_en"]}
        return {"name": name, "parent": data.get("parent"), "code": data.get("code")}
