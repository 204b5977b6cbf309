"""Filtered lists, compared with the unfiltered list."""

from dataclasses import replace
from datetime import timedelta, timezone
from itertools import pairwise
from urllib.parse import quote

from lead_provider_conformance.api.records import parse_time, time_of
from lead_provider_conformance.contract.values import UNKNOWN_COHORT, UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun, NotApplicable, ShownFailure
from lead_provider_conformance.oracles.combined_filters import contradictory_cases, decisive_cases
from lead_provider_conformance.oracles.filters import (
    DISTANT_FUTURE,
    DISTANT_PAST,
    any_of,
    assert_filtered,
    distinct_values,
    enrolments_of,
    field_values,
    instant_between_updates,
    lost_by_both,
    several_cohorts,
    shortest_gap,
    time_filter,
    value_filter,
)
from lead_provider_conformance.oracles.page_of_query import (
    assert_page_of_query,
    assert_second_page,
    query_with_pages,
)
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

NO_TIMES = ("yesterday", "2023-01-15")
STATUSES = ("active", "deferred", "withdrawn")
MANY = 2
ATTEMPTS = 3
INCLUDING_THE_EXACT_TIME = {
    "ecf_participants",
    "npq_outcomes",
    "ecf_partnerships",
    "ecf_schools",
    "statements",
    "ecf_unfunded_mentors",
}
# The filters by a field that the record shows.
COMBINED = frozenset(
    {"cohort", "delivery_partner_id", "participant_id", "training_status", "type", "updated_since", "urn"}
)


def some(values):
    """Return a few of the values, evenly spread."""
    return values[:: max(1, -(-len(values) // MANY))]


# Participants


@verifies("participants/cohort-filter", "participants/no-pilot-cohort")
def test_participants_filtered_by_cohort(lists, check):
    listing = lists.at("ecf_participants")
    cohorts = distinct_values(listing.snapshot, "cohort")

    with check("participants/cohort-filter"):
        for cohort in some(cohorts):
            assert_filtered(listing, value_filter("cohort", cohort))

    with check("participants/no-pilot-cohort"):
        assert "2020" not in cohorts, "The list holds participants of cohort 2020 without a filter for it."


@verifies("participants/training-status-filter", "filtering/unknown-training-status", "filtering/whole-record")
def test_participants_filtered_by_training_status(lists, api, check):
    listing = lists.at(f"{api.programme}_participants")

    listed = []
    with check("participants/training-status-filter"):
        for status in STATUSES:
            case = value_filter("training_status", status, any_enrolment=api.programme == "npq")
            listed += assert_filtered(listing, case)

    with check("filtering/unknown-training-status"):
        unknown = ("filter[training_status]", "asleep")
        assert listing.get(unknown, deliberate="unknown training status").status == 400

    several = {each["id"]: each for each in listing.snapshot if len(field_values(each, "training_status")) > 1}
    filtered = [each for each in listed if each["id"] in several]
    if not filtered:
        raise CouldNotRun(
            "No participant has enrolments of different training_status.", "Give the target a participant who has."
        )
    if any(number_of_enrolments(each) < number_of_enrolments(several[each["id"]]) for each in filtered):
        for each in listing.all():  # one may have lost an enrolment since
            if each["id"] in several:
                several[each["id"]] = min(several[each["id"]], each, key=number_of_enrolments)
    with check("filtering/whole-record"):
        for each in filtered:
            shown, all_of_them = number_of_enrolments(each), number_of_enrolments(several[each["id"]])
            assert shown >= all_of_them, (
                f"{listing} with filter[training_status] shows {shown} of the {all_of_them} enrolments of {each['id']}."
            )


def number_of_enrolments(participant):
    return len(enrolments_of(participant))


@verifies("participants/former-id-filter", "participants/unknown-former-id")
def test_participants_filtered_by_former_id(lists, api, check):
    listing = lists.at(f"{api.programme}_participants")

    with check("participants/unknown-former-id"):
        assert listing.get(("filter[from_participant_id]", UNKNOWN_ID)).ids == ()

    listing.require_fields("participant_id_changes")
    changes = [(each["id"], former_ids(each)) for each in listing.snapshot]
    moved = next(((now, former[0]) for now, former in changes if former), None)
    if moved is None:
        raise CouldNotRun(
            "No participant has been known by another id.",
            "Give the target a participant whose participant_id_changes name a former id.",
        )
    with check("participants/former-id-filter"):
        now, former = moved
        found = listing.get(("filter[from_participant_id]", former)).ids
        if found != (now,):  # the record may have been merged once more
            assert found == tuple(each["id"] for each in listing.all() if former in former_ids(each))


def former_ids(resource):
    changes = resource["attributes"].get("participant_id_changes")
    named = (each for each in changes or () if isinstance(each, dict) and "from_participant_id" in each)
    return [each["from_participant_id"] for each in named]


@each_list(lambda listed: listed.name == "ecf_participant_transfers")
@verifies("transfers/updated-since", "paging/of-a-query")
def test_transfers_filtered_by_updated_since(listing, check):
    # A transfer shows when it changed. The filter goes by the participant, who may have changed later.
    changed, listed = None, ()
    with check("transfers/updated-since"):
        assert listing.get(("filter[updated_since]", DISTANT_FUTURE)).ids == ()
        changed = time_filter(instant_between_updates(listing.snapshot), exact=False)
        listed = assert_filtered(listing, changed)

    with check("paging/of-a-query"):
        if not listed or not assert_second_page(listing, changed, listed):
            raise NotApplicable(f"{listing} has too few records that the filter leaves out.")


# Declarations


@each_list(lambda listed: listed.name == "participant_declarations")
@verifies("declarations/participant-filter", "declarations/updated-since")
def test_declarations_filtered_by_participant_and_updated_since(listing, check):
    with check("declarations/participant-filter"):
        assert_filtered(listing, value_filter("participant_id", distinct_values(listing.snapshot, "participant_id")[0]))
        assert listing.get(("filter[participant_id]", UNKNOWN_ID)).ids == ()

    with check("declarations/updated-since"):
        assert_filtered(listing, time_filter(instant_between_updates(listing.snapshot)))


@each_list(lambda listed: listed.name == "participant_declarations")
@verifies("declarations/several-participants")
def test_declarations_filtered_by_several_participants(listing):
    assert_filtered(listing, any_of("participant_id", distinct_values(listing.snapshot, "participant_id")))


@verifies("declarations/delivery-partner-filter", "declarations/several-delivery-partners")
def test_declarations_filtered_by_delivery_partner(lists, check):
    listing = lists.at("participant_declarations")
    partners = distinct_values(listing.snapshot, "delivery_partner_id")

    with check("declarations/delivery-partner-filter"):
        assert_filtered(listing, value_filter("delivery_partner_id", partners[0]))
        assert listing.get(("filter[delivery_partner_id]", UNKNOWN_ID)).ids == ()

    with check("declarations/several-delivery-partners"):
        assert_filtered(listing, any_of("delivery_partner_id", partners))


@each_list(lambda listed: listed.name == "participant_declarations" and "cohort" in listed.filters)
@verifies("declarations/cohort-filter", "declarations/several-cohorts", "filtering/combined")
def test_declarations_filtered_by_cohort(listing, lists, run, calendar, check):
    # A declaration does not show its cohort, but it has exactly one: most often that of its participant.
    declared = declared_by_programme(listing, lists, run)
    if not declared:
        reason = "No participant in the list of participants has a declaration."
        check.not_applicable("filtering/combined", reason)
        raise CouldNotRun(reason, "Give the target such a participant.")
    cohorts = some(sorted({cohort for _, found in declared.values() for cohort in found}))

    def of(cohort):
        return ids(listing.all(("filter[cohort]", cohort)))

    of_cohort = {cohort: of(cohort) for cohort in cohorts}
    with check("declarations/cohort-filter"):
        for programme, (own, found) in declared.items():
            # Participants may have changed cohort since they were declared.
            others = sorted({*found, *map(str, calendar.cohorts)} - {*cohorts})
            # A provider of both programmes has declarations of the other one too.
            assert any(own & each for each in of_cohort.values()) or any(own & of(each) for each in others), (
                f"filter[cohort] lists no {programme.upper()} declaration of any of the cohorts "
                f"{sorted({*cohorts, *others})}."
            )
        for cohort, other in pairwise(cohorts):
            both = of_cohort[cohort] & of_cohort[other]
            both = both and both & of(cohort) & of(other)  # its participant may have changed cohort in between
            assert not both, f"filter[cohort] lists the declaration {min(both)} for {cohort} and for {other}."

    with check("declarations/several-cohorts"):
        first, second = cohorts[0], cohorts[-1]
        lost = lost_by_both(of, first, second, known=of_cohort[first] | of_cohort[second])
        assert not lost, f"filter[cohort]={first},{second} lacks {min(lost)}, which is listed for one of them."

    with check("filtering/combined"):
        assert_no_declaration_of_another_cohort(listing, of_cohort)


def assert_no_declaration_of_another_cohort(listing, of_cohort):
    """Filter by a participant and by a cohort in which others have declarations, and they have none."""
    about = {each["id"]: each["attributes"].get("participant_id") for each in listing.snapshot}
    chosen = (
        (participant, cohort)
        for cohort, declared in of_cohort.items()
        for participant in {about.get(each) for each in set().union(*of_cohort.values()) - declared}
        if declared and participant and participant not in {about.get(each) for each in declared}
    )
    participant, cohort = min(chosen, default=(None, None))
    if cohort is None:
        raise NotApplicable(f"{listing} is too short: it has no participants of two cohorts.")

    filters = (("filter[participant_id]", participant), ("filter[cohort]", cohort))
    together = (*filters, ("filter[updated_since]", DISTANT_PAST))
    listed = ids(listing.all(*together))
    for _ in range(ATTEMPTS):
        if listed:  # a declaration counts if one of the filters alone leaves it out
            matching = set.intersection(*(ids(listing.all(each)) for each in filters))
            listed &= ids(listing.all(*together)) - matching
    if listed:
        query = " and ".join("=".join(each) for each in filters)
        raise AssertionError(f"{listing} with {query} lists {min(listed)}, which only one of them includes.")


def declared_by_programme(listing, lists, run):
    """Return the ids of each programme's declarations, and the cohorts of their participants, where there are any."""
    found = {}
    for programme in sorted({scope.programme for scope in run.scopes} & {*listing.operation.operation.programmes}):
        own = [each for each in listing.snapshot if is_of(programme, each)]
        about = {each["attributes"].get("participant_id") for each in own}
        try:
            participants = lists.at(f"{programme}_participants").snapshot
        except CouldNotRun:
            continue
        cohorts = {cohort for each in participants if each["id"] in about for cohort in field_values(each, "cohort")}
        if cohorts - {"None", ""}:
            found[programme] = (ids(own), sorted(cohorts - {"None", ""}))
    return found


def is_of(programme, declaration):
    return str(declaration["attributes"].get("course_identifier")).startswith(f"{programme}-")


def ids(resources):
    return {each["id"] for each in resources}


# NPQ applications, participants and outcomes


@verifies("npq-applications/cohort-filter", "npq-applications/updated-since")
def test_applications_filtered_by_cohort_and_updated_since(lists, check):
    listing = lists.at("npq_applications")

    with check("npq-applications/cohort-filter"):
        for cohort in some(distinct_values(listing.snapshot, "cohort")):
            assert_filtered(listing, value_filter("cohort", cohort))

    with check("npq-applications/updated-since"):
        assert_filtered(listing, time_filter(instant_between_updates(listing.snapshot)))


@verifies("npq-applications/participant-filter")
def test_applications_filtered_by_participant(lists):
    listing = lists.at("npq_applications")
    assert_filtered(listing, value_filter("participant_id", distinct_values(listing.snapshot, "participant_id")[0]))


@verifies("npq-applications/created-since", "npq-participants/created-since")
def test_applications_and_participants_filtered_by_created_since(lists, check):
    applications, participants = lists.at("npq_applications"), lists.at("npq_participants")

    with check("npq-applications/created-since"):
        made = instant_between_updates(applications.snapshot, "created_at")
        assert_filtered(applications, time_filter(made, "created_since", "created_at"))

    with check("npq-participants/created-since"):
        assert participants.get(("filter[created_since]", DISTANT_FUTURE)).ids == ()
        lost = ids(participants.snapshot) - ids(participants.all(("filter[created_since]", DISTANT_PAST)))
        lost = lost and lost & ids(participants.all())  # those that have not left the list
        assert not lost, f"filter[created_since]={DISTANT_PAST} lacks {len(lost)} participants, such as {min(lost)}."


@verifies("npq-outcomes/created-since")
def test_outcomes_filtered_by_created_since(lists):
    listing = lists.at("npq_outcomes")
    for made in shortest_gap(listing.snapshot, "created_at"):
        assert_filtered(listing, time_filter(made, "created_since", "created_at"))


# Filters of every list


@each_list(lambda listed: len((listed.filters - listed.required_filters) & COMBINED) > 1)
@verifies("filtering/combined")
def test_several_filters_return_the_records_that_match_all(listing, run):
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the target records of that kind.")
    filters = COMBINED & listing.operation.filters_in({scope.programme for scope in run.scopes})
    filters -= listing.operation.required_filters
    cases = decisive_cases(listing.snapshot, filters)
    assert_filtered(listing, *cases)

    for name in sorted(filters - {case.name for case in cases}):
        if contradictory := contradictory_cases(listing.snapshot, filters, name):
            assert_filtered(listing, *contradictory)


@each_list(lambda listed: listed.filters & COMBINED and listed.name != "ecf_participant_transfers")
@verifies("paging/of-a-query")
def test_page_of_a_filtered_and_sorted_list(listing, run, check):
    filters = COMBINED & listing.operation.filters_in({scope.programme for scope in run.scopes})
    query = query_with_pages(listing, filters - listing.operation.required_filters)
    if query is None:
        check.not_applicable("paging/of-a-query", f"{listing} has too few records that a filter includes.")
        return

    with check("paging/of-a-query"):
        assert_page_of_query(query)


def changed_at(resource):
    return time_of(resource["attributes"], "updated_at")


@each_list(lambda listed: "cohort" in listed.filters - listed.required_filters - listed.single_filters)
@verifies("filtering/several-cohorts")
def test_filter_with_several_cohorts(listing, api):
    if api.programme == "npq" and listing.operation.name == "delivery_partners":
        raise NotApplicable("Delivery partners of NPQs are filtered by one cohort.")
    if case := several_cohorts(listing.snapshot):  # declarations do not show theirs, and have a test of their own
        assert_filtered(listing, case)


def includes_the_exact_time(about):
    """Return whether the filter includes the exact time; for other lists the service does not."""
    return about.name in INCLUDING_THE_EXACT_TIME or about.operation.path == "/api/v3/participant-declarations"


@each_list(includes_the_exact_time)
@verifies("filtering/boundary")
def test_filter_includes_the_exact_time(listing):
    field = ("updated_since", "updated_at")
    if field[0] not in listing.operation.filters:
        field = ("created_since", "created_at")
    times = {each["id"]: time_of(each["attributes"], field[1]) for each in listing.snapshot}
    if not times:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the target records of that kind.")
    latest = max(times, key=times.__getitem__)
    then = time_filter(times[latest], *field)

    if latest not in ids(listing.all(then.query)):
        filtered = listing.api.client.latest_exchange
        if latest in ids(listing.all()):  # it has not left the list since it was read
            raise ShownFailure(f"{listing} with {then} lacks {latest}.", filtered)


@each_list(lambda listed: listed.name == "npq_applications")
@verifies("filtering/offset")
def test_filter_accepts_an_offset_from_utc(listing):
    assert_filtered(listing, in_summer_time(time_filter(instant_between_updates(listing.snapshot))))


@each_list(lambda listed: "cohort" in listed.filters - listed.required_filters)
@verifies("filtering/unknown-cohort")
def test_unknown_cohort_returns_an_empty_list(listing):
    assert listing.get(("filter[cohort]", UNKNOWN_COHORT)).ids == ()


@each_list(lambda listed: "updated_since" in listed.filters)
@verifies("filtering/malformed-updated-since")
def test_malformed_updated_since_is_refused(listing, lists):
    place = [each.path for each in lists].index(listing.path)
    no_time = NO_TIMES[place % len(NO_TIMES)]  # one value for each list, and each value for several lists

    response = listing.get(("filter[updated_since]", no_time), deliberate="no RFC 3339 time")

    assert response.status == 400, no_time


@verifies("filtering/malformed-created-since")
def test_malformed_created_since_is_refused(lists):
    query = ("filter[created_since]", "2023")
    assert lists.at("npq_outcomes").get(query, deliberate="no RFC 3339 time").status == 400


@verifies("participants/updated-since", "filtering/offset", "filtering/encoded-twice")
def test_participants_filtered_by_updated_since(lists, api, check):
    listing = lists.at(f"{api.programme}_participants")
    changed = time_filter(instant_between_updates(listing.snapshot))

    with check("participants/updated-since"):
        assert_filtered(listing, changed)
        assert_whole_with_several_enrolments(listing)

    with check("filtering/offset"):
        check.needs("participants/updated-since")
        assert_filtered(listing, in_summer_time(changed))

    with check("filtering/encoded-twice"):
        check.needs("participants/updated-since")
        encoded = ("filter[updated_since]", quote(changed.value, safe=""))
        response = listing.get(encoded, deliberate="percent-encoded twice")
        assert response.status == 200
        too_old = [each["id"] for each in response.resources if not changed.may_include(each)]
        assert not too_old, f"{listing} with {changed} encoded twice lists {too_old[0]}, which changed before it."


def assert_whole_with_several_enrolments(listing):
    """Filter by the last change of a participant with several enrolments: older ones must be shown too."""
    several = [each for each in listing.snapshot if len(enrolments_of(each)) > 1]
    latest = max(several, key=changed_at, default=None)
    if latest is not None:
        assert_filtered(listing, time_filter(changed_at(latest) - timedelta(seconds=1)))


def in_summer_time(case):
    """Return the filter with its time at an offset of one hour from UTC."""
    ahead = parse_time(case.value).astimezone(timezone(timedelta(hours=1)))
    return replace(case, value=ahead.isoformat(timespec="seconds"))


@verifies("filtering/not-a-group")
def test_filter_without_a_name_is_refused(lists, api):
    listing = lists.at(f"{api.programme}_participants")
    assert listing.get(("filter", "active"), deliberate="filter without a name").status == 400
