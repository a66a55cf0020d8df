from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "manyi.complaints"

    def ready(self) -> None:
        from manyi.complaints import (  # noqa: F401
            reactions,
            reactions_clocks,
            reactions_follow_ups,
            reactions_mail,
            reactions_problems,
            reactions_surveys,
            subjects,
        )
        from manyi.complaints.queries import customer_files, own_limits, touchpoints
        from manyi.customers import queries_file
        from manyi.standards import neighbours, persons, sources

        queries_file.add_source("complaints", customer_files.entries)
        neighbours.register_categories(touchpoints.complaints, touchpoints.categories)
        neighbours.register_topics(touchpoints.answers, touchpoints.topics)
        sources.register("clock", touchpoints.read, subjects=touchpoints.clocks, full_days=True)
        persons.register(own_limits.figures)
