"""Statements of payments to a lead provider. Nothing in the API changes them."""

import re

from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, ShownFailure
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
    dated = [each for each in listing.snapshot if all(map(DAY.fullmatch, dates_of(each)))]
    if not dated:
        raise CouldNotRun(
            f"No statement of {listing} shows a cut_off_date and a payment_date.", "Give the target such a statement."
        )
    for each in dated:
        (cut_off, payment), month = dates_of(each), month_of(each)
        if cut_off > payment or (month and not cut_off[:7] <= month <= payment[:7]):
            of_month = f" of {month}" if month else ""
            raise ShownFailure(
                f"The statement {each['id']}{of_month} has the cut_off_date {cut_off} and the payment_date {payment}.",
                exchange_of(each),
            )


def dates_of(statement):
    """The cut-off date and the payment date of a statement."""
    return [str(statement["attributes"].get(name)) for name in ("cut_off_date", "payment_date")]


def month_of(statement):
    """The month of a statement, such as 2024-03; None if it shows no known one."""
    month, year = (str(statement["attributes"].get(name)) for name in ("month", "year"))
    return f"{year}-{MONTHS.index(month) + 1:02}" if month in MONTHS and YEAR.fullmatch(year) else None


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
        assert listing.get_one(statement).status == 404 or statement in {each["id"] for each in listing.all()}, (
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
