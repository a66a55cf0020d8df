"""Forms of the tree pages, and errors of trees said in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from manyi.measures.errors import TreeError
from manyi.surveys import exchange, industry
from manyi.surveys.tree import checked, trail
from manyi.web.templatetags.web import localised

BLANK = "blank"
FILE = "file"
# The engine knows no gettext; its sentences about trees are named here so that the catalogue holds them.
MESSAGES = (
    gettext_noop("{path}: a code must not be empty."),
    gettext_noop("{path}: a tree needs at least one node."),
    gettext_noop("{path}: the tree is deeper than {deepest} levels."),
    gettext_noop("{path}: all weights are zero; at least one node must count."),
    gettext_noop("{path}: the code '{code}' is already used by {other}."),
    gettext_noop("{path}: the weight of '{code}' is {value}; it must be zero or more."),
    gettext_noop("{path}: '{code}' has both children and a column; it must be a group or an item."),
    gettext_noop("{path}: '{code}' has children; only items may be reversed or have a scale."),
    gettext_noop("{path}: '{code}' has neither children nor a column."),
    gettext_noop("{path}: a name is missing."),
    gettext_noop("{path}: min ({low}) must be below max ({high})."),
    gettext_noop("{path}: expected keys and values here."),
    gettext_noop("{path}: the key '{key}' is not known; known are {known}."),
    gettext_noop("{path}: '{key}' is missing."),
    gettext_noop("{path}: expected a list of nodes here."),
    gettext_noop("{path}: expected true or false."),
    gettext_noop("{path}: expected a text for each language, such as zh and en."),
    gettext_noop("{path}: expected a list of numbers."),
    gettext_noop("{path}: expected a text, found {value!r}; put it in quotes."),
    gettext_noop("{path}: expected a number, found {value!r}."),
    gettext_noop("{path}: nested deeper than {limit} levels."),
    gettext_noop("{path}: there is a control character in this text."),
    gettext_noop("{path}: {count} nodes; {limit} are the most there may be."),
    gettext_noop("{path}: '{code}' is longer than {limit} characters."),
    gettext_noop(
        "{path}: a scale from {low} to {high} cannot be asked; use whole numbers and 11 points at most."
    ),
    gettext_noop(
        "{path}: the column '{code}' cannot be a question's code; use a letter first, then letters, digits and single '_', 40 at most."
    ),
    gettext_noop(
        "{path}: '{code}' cannot be a tree's code; use lower-case letters, digits, - and _, 40 at most."
    ),
    gettext_noop("{path}: there is already a tree with the code '{code}'."),
    gettext_noop("The key {key} is not a text."),
    gettext_noop("The key '{key}' stands twice in the same place."),
    gettext_noop("{value} is not a number that can be stored."),
    gettext_noop("The file has {size} bytes; {limit} are the most there may be."),
    gettext_noop("The file is not UTF-8 text (byte {byte}). Save it as UTF-8."),
    gettext_noop("Line {line}: anchors and aliases (& and *) are not allowed."),
    gettext_noop("Line {line}: nested deeper than {limit} levels."),
    gettext_noop("Nested deeper than {limit} levels."),
    gettext_noop("The file is empty."),
    gettext_noop("Line {line}: this is neither YAML nor JSON ({reason})."),
    gettext_noop("This is neither YAML nor JSON ({reason})."),
    gettext_noop("The file must hold keys and values at its top level."),
)
_PLACES = {
    "code": _("Code"),
    "name": _("Name"),
    "scale": _("Scale"),
    "tree": _("Tree"),
    "the file": _("File"),
}


def place_of(path: str, definition: Any) -> str:
    """A path of an error as the names of the nodes on the way: “Service › Speed”."""
    steps = trail(definition, path)
    if steps:
        return " › ".join(localised(step)[:60] for step in steps)
    return str(_PLACES.get(path.partition(".")[0], path))


def explain(error: TreeError | exchange.ExchangeError, definition: Any = None) -> str:
    """The error in the reader's language, naming the node instead of its path in the file."""
    params = dict(error.params)
    for key in ("path", "other"):
        if key in params:
            params[key] = place_of(str(params[key]), definition)
    return _t(error.template).format(**params) if params else _t(error.template)


class DraftForm(forms.Form):
    """What the editor posts: the whole definition as text, and when the version it began with was saved."""

    definition = forms.CharField(
        label=_("The tree as text"),
        help_text=_("YAML or JSON, as in an exported file."),
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 16, "spellcheck": "false", "class": "form-control font-monospace"}
        ),
    )
    changed_at = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def clean_changed_at(self) -> datetime:
        try:
            at = parse_datetime(self.cleaned_data["changed_at"])
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise ValidationError(_("This is not a time."))
        return at


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("Tree file"),
        help_text=_("YAML or JSON as exported here, at most 1 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )


def read_file(form: forms.Form) -> dict[str, Any] | None:
    """The checked tree in the uploaded file; None with an error at the field `file`."""
    found: Any = None
    try:
        found = exchange.read(form.cleaned_data["file"].read(exchange.MAX_BYTES + 1))
        return checked(found)
    except (TreeError, exchange.ExchangeError) as error:
        form.add_error("file", explain(error, found))
    return None


class NewTreeForm(forms.Form):
    start = forms.ChoiceField(label=_("Start from"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("Tree file"),
        required=False,
        help_text=_("Only when you start from a file: YAML or JSON, at most 1 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )
    name_zh = forms.CharField(
        label=_("Name (Chinese)"),
        max_length=100,
        required=False,
        help_text=_("Leave both names empty to keep those of the template or file."),
    )
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("Short and lasting, for files and the API. Empty: we choose one."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["start"]
        field.choices = [
            (BLANK, _("Blank: one dimension with one item")),
            *((t.code, localised(t.name)) for t in industry.templates()),
            (FILE, _("A file")),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("start") == FILE and not data.get("file") and "file" not in self.errors:
            self.add_error("file", _("Choose the file to start from."))
        if data.get("start") == BLANK and not (data.get("name_zh") or data.get("name_en")):
            self.add_error("name_zh", _("A new tree needs a name in at least one language."))
        return data

    @property
    def name(self) -> dict[str, str]:
        texts = {"zh": self.cleaned_data.get("name_zh"), "en": self.cleaned_data.get("name_en")}
        return {language: text for language, text in texts.items() if text}
