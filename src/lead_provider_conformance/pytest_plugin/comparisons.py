"""Explain failed comparisons of the suites by the parts that differ; pytest would cut both sides to the same text."""

from __future__ import annotations

from lead_provider_conformance.run.differences import PREFIX, difference


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return the difference of two records, lists of records or sets."""
    sentence = difference(left, right) if op == "==" else None
    return [f"{PREFIX}{sentence}"] if sentence else None
