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
        from manyi.complaints.queries import customer_files
        from manyi.customers import queries_file

        queries_file.add_source("complaints", customer_files.entries)
