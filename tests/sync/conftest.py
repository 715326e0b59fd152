"""How hard the property tests of `sync` look: `HYPOTHESIS_PROFILE=long` looks for an hour."""

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "ci", max_examples=200, deadline=None, print_blob=True, suppress_health_check=_SLOW
)
settings.register_profile("quick", parent=settings.get_profile("ci"), max_examples=25)
settings.register_profile("long", parent=settings.get_profile("ci"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
