"""When two complaints are the same problem: one key for all that are. Pure.

The key is what problems are looked up by ('batch:b-17'), the filter finds the complaints that have it.
"""

from __future__ import annotations

from typing import Any, Protocol

KINDS = ("batch", "product", "serial", "customer")


class Particulars(Protocol):
    """What a complaint says about the thing it is about."""

    product: str
    serial: str
    batch: str
    customer_id: int | None
    category_id: int | None


def key_of(same: str, complaint: Particulars) -> str:
    """The key of a complaint for one kind of sameness; '' when it does not say enough."""
    match same:
        case "batch" | "serial":
            value = getattr(complaint, same).strip().casefold()
            return f"{same}:{value}" if value else ""
        case "product":
            product = complaint.product.strip().casefold()
            return f"product:{complaint.category_id}:{product}" if product and complaint.category_id else ""
        case "customer":
            known = complaint.customer_id and complaint.category_id
            return f"customer:{complaint.category_id}:{complaint.customer_id}" if known else ""
        case _:
            return ""


def keys_of(complaint: Particulars) -> list[str]:
    """All keys a complaint has."""
    return [key for key in (key_of(same, complaint) for same in KINDS) if key]


def filters(key: str) -> dict[str, Any]:
    """Which complaints have the key, as conditions on their fields.

    >>> filters("batch:b-17")
    {'batch__iexact': 'b-17'}
    """
    same, _colon, rest = key.partition(":")
    if same in ("batch", "serial"):
        return {f"{same}__iexact": rest}
    category, _colon, value = rest.partition(":")
    if same == "product":
        return {"product__iexact": value, "category_id": int(category)}
    return {"customer_id": int(value), "category_id": int(category)}
