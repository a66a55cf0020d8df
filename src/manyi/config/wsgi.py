"""The WSGI door that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "manyi.config.settings")
application = get_wsgi_application()
# Import every page before the first visitor of this worker comes; it would wait for seconds.
get_resolver().url_patterns  # noqa: B018
# What is loaded now stays loaded. Left to the collector, a full collection walks through all of it and stops
# somebody's page for a third of a second.
gc.collect()
gc.freeze()
