from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "manyi.customers"

    def ready(self) -> None:
        from manyi.customers import reactions  # noqa: F401
