from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "manyi.insights"

    def ready(self) -> None:
        from manyi.insights import reactions  # noqa: F401
