"""Customers, their contacts, and what is known about them; one module per noun."""

from manyi.customers.models.customers import Contact, Customer, CustomerImport

__all__ = ["Contact", "Customer", "CustomerImport"]
