from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "manyi.complaints"

    def ready(self) -> None:
        from manyi.complaints import reactions  # noqa: F401
