"""What holds for every test."""

from hypothesis import settings

# How long an example takes is the machine's affair: time is asserted in trials alone.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
