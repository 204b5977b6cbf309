"""Fixtures of hosted sessions."""

from tests.unit.readiness.hosting.hosted import services as services
