from django.urls import path

from manyi.reports import views

urlpatterns = [path("", views.today, name="today")]
