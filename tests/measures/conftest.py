from hypothesis import settings

# Fewer examples keep the engine's suite quick; no deadline, since a busy machine is no bug.
settings.register_profile("measures", max_examples=25, deadline=None)
settings.load_profile("measures")
