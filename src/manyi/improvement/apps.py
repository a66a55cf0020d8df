from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "manyi.improvement"

    def ready(self) -> None:
        from manyi.improvement.lookups import register_all
        from manyi.improvement.queries.loop import improvements_of
        from manyi.surveys import news

        register_all()
        news.register(improvements_of)
