from django.urls import path

from manyi.surveys.views import callbacks

urlpatterns = [
    path("callbacks/", callbacks.callbacks, name="callbacks"),
    path("callbacks/<int:pk>/called/", callbacks.called, name="called-back"),
]
