from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "manyi.standards"

    def ready(self) -> None:
        from manyi.standards import sources
        from manyi.standards.queries import audits, promises, visits

        sources.register("audit", audits.reading)
        sources.register("visit", visits.reading)
        sources.register("promise", promises.read, subjects=promises.subjects, full_days=True)
