from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "manyi.surveys"

    def ready(self) -> None:
        from manyi.surveys import reactions  # noqa: F401
