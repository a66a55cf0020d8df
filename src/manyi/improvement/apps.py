from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "manyi.improvement"

    def ready(self) -> None:
        from manyi.improvement.lookups import register_all

        register_all()
