"""Statements of payments to a lead provider. Nothing in the API changes them."""

import re

from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import (
    assert_filtered,
    distinct_values,
    instant_between_updates,
    time_filter,
    value_filter,
)
from lead_provider_conformance.oracles.lists import MAX_SHOWN_BY_ID
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@each_list(lambda listed: listed.name == "statements")
@verifies("statements/type-filter", "statements/cohort-filter", "statements/updated-since")
def test_statements_filtered_by_type_cohort_and_updated_since(listing, run, check):
    if check.applies("statements/type-filter"):
        with check("statements/type-filter"):
            for programme in sorted({scope.programme for scope in run.scopes}):
                assert_filtered(listing, value_filter("type", programme))

    with check("statements/cohort-filter"):
        assert_filtered(listing, value_filter("cohort", distinct_values(listing.snapshot, "cohort")[-1]))

    with check("statements/updated-since"):
        assert_filtered(listing, time_filter(instant_between_updates(listing.snapshot)))


@each_list(lambda listed: listed.name == "statements")
@verifies("sorting/statements")
def test_statements_start_with_the_earliest_payment(listing):
    dates = [str(each["attributes"].get("payment_date")) for each in listing.snapshot]

    assert dates == sorted(dates), "GET statements is not in the order of payment_date."


@each_list(lambda listed: listed.name == "statements")
@verifies("statements/dates")
def test_dates_of_a_statement_follow_each_other(listing):
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the target statements.")
    for each in listing.snapshot:
        shown = {name: str(each["attributes"].get(name)) for name in ("month", "year", "cut_off_date", "payment_date")}
        dates = [shown["cut_off_date"], shown["payment_date"]]
        if all(map(DAY.fullmatch, dates)):
            assert dates == sorted(dates), f"The statement {each['id']} has the dates {shown}."
            if shown["month"] in MONTHS and YEAR.fullmatch(shown["year"]):
                month = f"{shown['year']}-{MONTHS.index(shown['month']) + 1:02}"
                assert dates[0][:7] <= month <= dates[1][:7], f"The statement {each['id']} has the dates {shown}."


@verifies("statements/of-declarations")
def test_declarations_are_on_statements_of_their_provider(lists):
    lists.at("participant_declarations").require_fields("statement_id")
    listing = lists.at("statements")
    statements = {each["id"]: each["attributes"].get("type") for each in listing.snapshot}
    declarations = [each["attributes"] for each in lists.at("participant_declarations").snapshot]
    landed = [each for each in declarations if each.get("statement_id")]
    if not landed:
        raise CouldNotRun("No declaration is on a statement.", "Give the target eligible, payable or paid ones.")

    # Statements of an earlier provider, and those kept from the provider, are neither listed nor shown.
    unlisted = sorted({str(each["statement_id"]) for each in landed if each["statement_id"] not in statements})
    for statement in unlisted[:MAX_SHOWN_BY_ID]:
        assert listing.get_one(statement).status == 404, (
            f"Declarations are on the statement {statement}, which is shown on its own, and is not listed."
        )
    listed = [each for each in landed if each["statement_id"] in statements]
    if not listed:
        raise CouldNotRun(
            f"Declarations are on {len(unlisted)} statements, such as {unlisted[0]}, and none of them is listed.",
            "Give the target a declaration on a statement that the provider can see.",
        )
    for declaration in listed:
        course = str(declaration.get("course_identifier"))
        programme = "npq" if course.startswith("npq-") else "ecf"
        shown = statements[declaration["statement_id"]]  # the services of one programme show no type
        assert shown in (programme, None), f"a declaration of {course}"
