"""Settings of the test suite: a throw-away data folder, fast password hashes, mail kept in memory."""

import os
import tempfile

_data = os.environ.setdefault("MANYI_DATA_DIR", tempfile.mkdtemp(prefix="manyi-test-"))
os.environ.setdefault("MANYI_SECRET_KEY", "test-only")
os.environ.setdefault("MANYI_LANGUAGE", "en")
os.environ.setdefault("MANYI_LOG_LEVEL", "ERROR")

from manyi.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if EMBEDDED:  # noqa: F405
    # A file, not memory: live-server threads and worker processes must see the same database.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_data, f"test-{os.getpid()}.sqlite3")}  # noqa: F405
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}  # noqa: F405
