"""The tables of journeys in docs/lifecycles.md."""

from __future__ import annotations

from tools.journeys_page import journeys_section

from lead_provider_conformance.fuzzing.stateful.successors import (
    TRANSITIONS_OF_ECT_SERVICE,
    TRANSITIONS_OF_NPQ_SERVICE,
)


def test_each_service_has_a_table_with_a_line_for_each_row_of_its_own() -> None:
    introduction, first, of_ect, of_npq = journeys_section().split("### ")

    def lines(part: str) -> int:
        return sum(line.startswith("| ") for line in part.splitlines()) - 1

    assert introduction.startswith("## What a server must accept and refuse")
    assert lines(of_ect) == len(TRANSITIONS_OF_ECT_SERVICE)
    assert lines(of_npq) == len(TRANSITIONS_OF_NPQ_SERVICE) - lines(first)


def test_line_says_request_conditions_result_and_source() -> None:
    lines = journeys_section().splitlines()

    assert "| resume | stopped: today | refuse | deployed |" in lines
    assert "| change-schedule | training: deferred or withdrawn | refuse | published |" in lines
    assert "| withdraw | training: deferred | not known |  |" in lines
