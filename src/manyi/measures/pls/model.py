"""The model: constructs, the columns that measure them, and the paths between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from manyi.measures.errors import OptionError

Mode = Literal["A", "B"]

ACSI_PATHS = (
    ("expectations", "quality"),
    ("expectations", "value"),
    ("expectations", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
)
ECSI_PATHS = (
    ("image", "expectation"),
    ("image", "satisfaction"),
    ("image", "loyalty"),
    ("expectation", "quality"),
    ("expectation", "value"),
    ("expectation", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
)
CCSI_PATHS = (
    ("image", "expected"),
    ("image", "quality"),
    ("image", "value"),
    ("image", "satisfaction"),
    ("image", "loyalty"),
    ("expected", "quality"),
    ("expected", "value"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "loyalty"),
)


@dataclass(frozen=True)
class Model:
    """Constructs with their measured columns (blocks), and the paths between constructs.

    :param blocks: construct → its columns. A column belongs to one construct only.
    :param paths: pairs (from, to); no cycles, and every construct has a path.
    :param modes: construct → ``"A"`` (the columns reflect the construct, the default) or ``"B"`` (they form
        it).
    :raises OptionError: when the model cannot be estimated; the text says which construct and why.

    >>> model = Model({"quality": ["q1", "q2"], "loyalty": ["l1"]}, [("quality", "loyalty")])
    >>> model.predecessors("loyalty"), model.columns
    (('quality',), ('q1', 'q2', 'l1'))
    """

    blocks: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]
    modes: Mapping[str, Mode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", {name: tuple(columns) for name, columns in self.blocks.items()})
        object.__setattr__(self, "paths", tuple((str(a), str(b)) for a, b in self.paths))
        object.__setattr__(
            self, "modes", {name: self.modes.get(name, "A") for name in self.blocks} | dict(self.modes)
        )
        _check_blocks(self)
        _check_paths(self)

    @property
    def constructs(self) -> tuple[str, ...]:
        return tuple(self.blocks)

    @property
    def columns(self) -> tuple[str, ...]:
        """All measured columns, construct by construct."""
        return tuple(column for block in self.blocks.values() for column in block)

    def predecessors(self, construct: str) -> tuple[str, ...]:
        """What leads to a construct, in the order of the paths."""
        return tuple(a for a, b in self.paths if b == construct)

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs that something leads to, in the order of the blocks."""
        return tuple(name for name in self.blocks if self.predecessors(name))

    def causal_order(self) -> tuple[str, ...]:
        """The constructs, each after everything that leads to it."""
        placed: list[str] = []
        while len(placed) < len(self.blocks):
            ready = [
                name
                for name in self.blocks
                if name not in placed and all(source in placed for source in self.predecessors(name))
            ]
            if not ready:
                left = [name for name in self.blocks if name not in placed]
                raise OptionError(
                    "The paths between {constructs} run in a circle.", constructs=", ".join(left)
                )
            placed += ready
        return tuple(placed)

    @property
    def most_arrows(self) -> int:
        """The most arrows into one construct: paths, or columns of a construct they form (mode B)."""
        forming = [len(self.blocks[name]) for name in self.blocks if self.modes[name] == "B"]
        return max([len(self.predecessors(name)) for name in self.blocks] + forming)

    @classmethod
    def acsi(cls, blocks: Mapping[str, Sequence[str]], modes: Mapping[str, Mode] | None = None) -> Model:
        """The American model: expectations, quality, value, satisfaction, complaints, loyalty (Fornell et al.
        1996).

        :param blocks: any of these constructs → columns; paths of a construct that is left out are left out.
        :raises OptionError: for another construct.

        >>> Model.acsi({"quality": ["q1"], "satisfaction": ["s1"], "loyalty": ["l1"]}).paths
        (('quality', 'satisfaction'), ('satisfaction', 'loyalty'))
        """
        return _preset("ACSI", ACSI_PATHS, blocks, modes)

    @classmethod
    def ecsi(cls, blocks: Mapping[str, Sequence[str]], modes: Mapping[str, Mode] | None = None) -> Model:
        """The European model: image, expectation, quality, value, satisfaction, complaints, loyalty (ECSI
        1998).

        Parameters and errors as :meth:`acsi`.

        >>> Model.ecsi({"image": ["i1"], "satisfaction": ["s1"], "loyalty": ["l1"]}).paths
        (('image', 'satisfaction'), ('image', 'loyalty'), ('satisfaction', 'loyalty'))
        """
        return _preset("ECSI", ECSI_PATHS, blocks, modes)

    @classmethod
    def ccsi(cls, blocks: Mapping[str, Sequence[str]], modes: Mapping[str, Mode] | None = None) -> Model:
        """The Chinese model of GB/T 19038: image, expected, quality, value, satisfaction, loyalty; eleven
        paths.

        Parameters and errors as :meth:`acsi`.

        >>> len(Model.ccsi({name: [name] for name in
        ...     ("image", "expected", "quality", "value", "satisfaction", "loyalty")}).paths)
        11
        """
        return _preset("CCSI", CCSI_PATHS, blocks, modes)


def _preset(
    name: str,
    paths: Sequence[tuple[str, str]],
    blocks: Mapping[str, Sequence[str]],
    modes: Mapping[str, Mode] | None,
) -> Model:
    known = dict.fromkeys(construct for path in paths for construct in path)
    for construct in blocks:
        if construct not in known:
            raise OptionError(
                "{model} has no construct '{construct}'; it has {known}.",
                model=name,
                construct=construct,
                known=", ".join(known),
            )
    return Model(blocks, [(a, b) for a, b in paths if a in blocks and b in blocks], modes or {})


def _check_blocks(model: Model) -> None:
    owner: dict[str, str] = {}
    for construct, columns in model.blocks.items():
        if not columns:
            raise OptionError("The construct '{construct}' has no columns.", construct=construct)
        for column in columns:
            if column in owner:
                raise OptionError(
                    "Column '{column}' measures both '{first}' and '{second}'; it may measure one construct.",
                    column=column,
                    first=owner[column],
                    second=construct,
                )
            owner[column] = construct
    for construct, mode in model.modes.items():
        if construct not in model.blocks:
            raise OptionError("There is a mode for '{construct}', which has no columns.", construct=construct)
        if mode not in ("A", "B"):
            raise OptionError(
                "The mode of '{construct}' is '{mode}'; it must be A or B.", construct=construct, mode=mode
            )


def _check_paths(model: Model) -> None:
    if len(set(model.paths)) < len(model.paths):
        twice = next(path for path in model.paths if list(model.paths).count(path) > 1)
        raise OptionError("The path from '{start}' to '{end}' is given twice.", start=twice[0], end=twice[1])
    for path in model.paths:
        for construct in path:
            if construct not in model.blocks:
                raise OptionError(
                    "The path from '{start}' to '{end}' names '{construct}', which has no columns.",
                    start=path[0],
                    end=path[1],
                    construct=construct,
                )
    touched = {construct for path in model.paths for construct in path}
    for construct in model.blocks:
        if construct not in touched:
            raise OptionError(
                "The construct '{construct}' has no path to or from another.", construct=construct
            )
    model.causal_order()
