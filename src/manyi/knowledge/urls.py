from django.urls import path

from manyi.knowledge import views, views_faq, views_insert

urlpatterns = [
    path("knowledge/", views.answers, name="standard-answers"),
    path("knowledge/new/", views.new, name="new-standard-answer"),
    path("knowledge/topics/", views.topics, name="answer-topics"),
    path("knowledge/insert/", views_insert.insert, name="insert-answer"),
    path("knowledge/use/", views_insert.use, name="use-answer"),
    path("knowledge/<int:pk>/", views.answer, name="standard-answer"),
    path("knowledge/<int:pk>/edit/", views.edit, name="edit-standard-answer"),
    path("knowledge/<int:pk>/act/", views.act, name="act-on-standard-answer"),
    path("knowledge/<int:pk>/compare/", views.compare, name="compare-answer-versions"),
    path("knowledge/<int:pk>/vote/", views.vote, name="vote-on-answer"),
    path("faq/", views_faq.faq, name="faq"),
    path("faq/<int:pk>/", views_faq.question, name="faq-question"),
    path("faq/<int:pk>/vote/", views_faq.vote, name="faq-vote"),
]
