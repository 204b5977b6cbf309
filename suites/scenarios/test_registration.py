"""A participant finishes registering, and the provider gets the result."""

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import parse_time
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies


@pytest.mark.parametrize("eligible", [True, False])
@verifies("registration/shows-validation", "registration/updated-since")
@uses_states("ect.not-registered")
def test_participant_finishes_registering(api, states, check, eligible):
    ect = states.claim("ect.not-registered")
    before = api.show_participant(ect.id).server_time

    states.finish_registration(ect, eligible_for_funding=eligible)

    with check("registration/shows-validation"):
        registered = api.participant(ect)
        assert registered.enrolment.get("teacher_reference_number_validated") is True
        assert registered.attributes.get("teacher_reference_number")
        assert registered.eligible_for_funding == eligible

    with check("registration/updated-since"):
        listed = list(api.paginate(api.participants, ("filter[updated_since]", format_time(before))))
        assert ect.id in {each["id"] for each in listed}, (
            f"filter[updated_since] {format_time(before)} lacks the participant who has finished registering since."
        )
        old = [each["id"] for each in listed if parse_time(each["attributes"].get("updated_at")) < before]
        assert not old, f"filter[updated_since] {format_time(before)} lists {old[0]}, which has not changed since."
