"""Properties proven with hypothesis."""

from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, nothing of the property.
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
