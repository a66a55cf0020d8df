from django.conf.urls.i18n import urlpatterns as language_patterns
from django.urls import include, path

urlpatterns = [path("i18n/", include(language_patterns))]
