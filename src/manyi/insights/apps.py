from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "manyi.insights"

    def ready(self) -> None:
        from manyi.insights import reactions, touchpoints  # noqa: F401
        from manyi.standards import neighbours, sources

        neighbours.register_indicators(touchpoints.satisfaction, touchpoints.nodes)
        sources.register("survey", touchpoints.read, subjects=touchpoints.nodes)
