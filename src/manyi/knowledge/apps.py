from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "manyi.knowledge"
