"""Settings, URLs, the API object and the WSGI door. Knows every app; no app knows it."""
