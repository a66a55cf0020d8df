from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "manyi.complaints"

    def ready(self) -> None:
        from manyi.complaints import (  # noqa: F401
            reactions,
            reactions_clocks,
            reactions_follow_ups,
            reactions_mail,
            subjects,
        )
