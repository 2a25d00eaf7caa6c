"""Tests of the platform. How fast Hypothesis makes examples is the machine's business, and no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("steward", settings(), suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steward")
