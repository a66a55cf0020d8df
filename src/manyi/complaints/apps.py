from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "manyi.complaints"

    def ready(self) -> None:
        from manyi.complaints import reactions, reactions_clocks  # noqa: F401
        from manyi.complaints import reactions_follow_ups  # noqa: F401
