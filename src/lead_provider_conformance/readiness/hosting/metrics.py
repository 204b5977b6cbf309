"""The metrics of a process, for Prometheus. No label names a session."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self.requests = Counter(
            "readiness_requests", "Requests, by kind and class of status.", ("kind", "status"), registry=registry
        )
        self.seconds = Histogram(
            "readiness_request_seconds",
            "Duration of requests, by kind.",
            ("kind",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.refused = Counter("readiness_refused", "Refused requests, by reason.", ("reason",), registry=registry)
        self.forwarded = Counter("readiness_forwarded", "Requests for sessions of other processes.", registry=registry)
        self.open_sessions = Gauge("readiness_open_sessions", "Sessions open in this process.", registry=registry)
        self.verdict_seconds = Histogram(
            "readiness_verdict_seconds", "Duration of verdicts.", buckets=(1, 2, 5, 10, 30, 60), registry=registry
        )

    def text(self) -> bytes:
        """Return the metrics in the text format."""
        return generate_latest(self._registry)
