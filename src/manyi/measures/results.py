"""What a computed index looks like: scores with their n and interval, ready to be stored as JSON and read
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import OptionError
from .estimates import LOW_BASE, Estimate


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Score of one node. ``score``, ``se``, ``ci_low`` and ``ci_high`` are in points (0–100).

    ``score``, ``n_eff`` and ``deff`` are None when n is 0; ``se`` and the interval are None when n is below
    2. ``weight`` is the share among siblings, ``effective_weight`` the share of the whole index.

    >>> node = NodeScore("care", {"en": "Care"}, 2, "index", 1.0, 1.0, 12, 71.5, 4.0, 63.7, 79.3, 12.0, 1.0)
    >>> node.low_base, node.to_dict()["ci_low"]
    (True, 63.7)
    """

    code: str
    name: Mapping[str, str]
    level: int
    parent: str | None
    weight: float
    effective_weight: float
    n: int
    score: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n_eff: float | None
    deff: float | None

    @property
    def low_base(self) -> bool:
        """Whether fewer than 30 respondents stand behind the score."""
        return self.n < LOW_BASE

    @property
    def estimate(self) -> Estimate:
        """The score as a figure that :mod:`manyi.measures.compare` understands."""
        return Estimate(self.score, self.ci_low, self.ci_high, self.n, self.se, self.n_eff or 0.0)

    def to_dict(self) -> dict[str, Any]:
        """All fields by name, and ``low_base``; plain types only."""
        return {
            "code": self.code,
            "name": dict(self.name),
            "level": self.level,
            "parent": self.parent,
            "weight": self.weight,
            "effective_weight": self.effective_weight,
            "n": self.n,
            "score": self.score,
            "se": self.se,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "n_eff": self.n_eff,
            "deff": self.deff,
            "low_base": self.low_base,
        }


@dataclass(frozen=True, slots=True)
class IndexResult:
    """The index and all its nodes, parents before children; ``groups`` holds ``{grouping: {value:
    IndexResult}}``.

    >>> node = NodeScore("index", {"en": "CSI"}, 1, None, 1.0, 1.0, 2, 60.0, 10.0, 40.4, 79.6, 2.0, 1.0)
    >>> result = IndexResult((node,), 0.95, "csi-1")
    >>> result.index, result.n, result.low_base
    (60.0, 2, True)
    >>> IndexResult.from_dict(result.to_dict()) == result
    True
    """

    nodes: tuple[NodeScore, ...]
    confidence: float
    method: str
    groups: Mapping[str, Mapping[str, IndexResult]] = field(default_factory=dict)

    @property
    def root(self) -> NodeScore:
        return self.nodes[0]

    @property
    def index(self) -> float | None:
        """The customer satisfaction index, 0–100; None without respondents."""
        return self.root.score

    @property
    def n(self) -> int:
        """Respondents who have an index."""
        return self.root.n

    @property
    def low_base(self) -> bool:
        return self.root.low_base

    def node(self, code: str) -> NodeScore:
        """The node of that code.

        :raises OptionError: when there is none.
        """
        for node in self.nodes:
            if node.code == code:
                return node
        raise OptionError("The tree has no node '{code}'.", code=code)

    def to_dict(self) -> dict[str, Any]:
        """``index``, ``n``, ``nodes``, ``confidence``, ``method``, and ``groups`` when there are any; plain
        types.
        """
        result: dict[str, Any] = {
            "index": self.index,
            "n": self.n,
            "nodes": [node.to_dict() for node in self.nodes],
            "confidence": self.confidence,
            "method": self.method,
        }
        if self.groups:
            result["groups"] = {
                name: {value: part.to_dict() for value, part in parts.items()}
                for name, parts in self.groups.items()
            }
        return result

    @classmethod
    def from_dict(cls, source: Mapping[str, Any]) -> IndexResult:
        """A stored result again, exactly as it was: nothing is computed anew."""
        return cls(
            nodes=tuple(
                NodeScore(**{key: value for key, value in node.items() if key != "low_base"})
                for node in source["nodes"]
            ),
            confidence=source["confidence"],
            method=source["method"],
            groups={
                name: {value: cls.from_dict(part) for value, part in parts.items()}
                for name, parts in source.get("groups", {}).items()
            },
        )
