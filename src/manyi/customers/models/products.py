"""What a customer has bought, and what is in use there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from manyi.customers import keys
from manyi.customers.fields import KeyField
from manyi.customers.models.customers import Customer
from manyi.customers.uploads import UploadedTable


class OwnedProduct(models.Model):
    """在用产品: one piece (by serial number) or one lot (by batch) of a product that a customer has."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="products")
    model = models.CharField(_("Product"), max_length=100)
    serial = models.CharField(_("Serial number"), max_length=60, blank=True)
    serial_key = KeyField(source="serial", how=keys.number)
    batch = models.CharField(_("Batch"), max_length=60, blank=True)
    bought_on = models.DateField(_("Bought on"), null=True, blank=True)
    warranty_until = models.DateField(_("Under warranty until"), null=True, blank=True)

    class Meta:
        ordering = ["-bought_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "model", "serial"], condition=~Q(serial=""), name="owned_product_once"
            )
        ]
        indexes = [models.Index(fields=["batch"], condition=~Q(batch=""), name="owned_product_batch")]

    def __str__(self) -> str:
        return f"{self.model} {self.serial}".strip()


class Order(models.Model):
    """订单: one line of a purchase or a return. Amounts are positive; `kind` says which way."""

    class Kind(models.TextChoices):
        ORDER = "order", pgettext_lazy("purchase", "Order")
        RETURN = "return", _("Return")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    number = models.CharField(_("Order number"), max_length=60)
    number_key = KeyField(source="number", how=keys.number)
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.ORDER)
    at = models.DateTimeField(_("Order date"))
    product = models.CharField(_("Product"), max_length=100, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=14, decimal_places=3, null=True, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "number", "product"], name="order_once"),
            models.CheckConstraint(
                condition=(Q(quantity=None) | Q(quantity__gte=0)) & (Q(amount=None) | Q(amount__gte=0)),
                name="order_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-at"], name="order_customer")]

    def __str__(self) -> str:
        return self.number


class FileImport(UploadedTable):
    """An uploaded list of products in use or of orders; its columns are known by their headers."""

    class Kind(models.TextChoices):
        PRODUCTS = "products", _("Products in use")
        ORDERS = "orders", _("Orders and returns")

    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.PRODUCTS)

    class Meta(UploadedTable.Meta):
        pass
