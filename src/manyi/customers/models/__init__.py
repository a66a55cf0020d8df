"""Customers, their contacts, and what is known about them; one module per noun."""

from manyi.customers.models.authority import AuthorityLimit
from manyi.customers.models.customers import Contact, Customer, CustomerImport
from manyi.customers.models.interactions import Interaction
from manyi.customers.models.products import FileImport, Order, OwnedProduct
from manyi.customers.models.promises import Promise

__all__ = [
    "AuthorityLimit",
    "Contact",
    "Customer",
    "CustomerImport",
    "FileImport",
    "Interaction",
    "Order",
    "OwnedProduct",
    "Promise",
]
