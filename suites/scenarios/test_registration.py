"""A participant finishes registering, and the provider gets the result."""

import pytest

from lead_provider_conformance.api.records import parse_time, time_of
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.changes import just_before


@pytest.mark.parametrize("eligible", [True, False])
@verifies("registration/shows-validation", "registration/updated-since")
@uses_states("ect.not-registered")
def test_participant_finishes_registering(api, states, check, eligible):
    ect = states.claim("ect.not-registered")
    before = states.last_change(api.participant(ect))
    states.finish_registration(ect, eligible_for_funding=eligible)

    registered = api.participant(ect)
    with check("registration/shows-validation"):
        assert registered.enrolment.get("teacher_reference_number_validated") is True
        assert registered.attributes.get("teacher_reference_number")
        assert registered.eligible_for_funding == eligible

    with check("registration/updated-since"):
        before.assert_moved_to(registered.updated_at)
        name, since = just_before(registered.updated_at)
        listed = list(api.paginate(api.participants, (name, since)))
        assert ect.id in {each["id"] for each in listed}, (
            f"{name} {since} lacks the participant who has finished registering since."
        )
        old = [each["id"] for each in listed if time_of(each["attributes"], "updated_at") < parse_time(since)]
        assert not old, f"{name} {since} lists {old[0]}, which has not changed since."
