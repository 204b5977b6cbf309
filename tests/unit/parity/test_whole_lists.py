"""Whole lists are compared page by page, and only lasting differences count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.parity import whole_lists
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.responses import compare_replies
from lead_provider_conformance.parity.side import Read
from lead_provider_conformance.parity.whole_lists import WholeList
from lead_provider_conformance.results.journal import read_journals

from .servers import JSON_TYPE, Servers, body, pages_of, read_pair, record

ANOTHER_VALUE = (
    "`data[].attributes.a` of list_ecf_participants has another value, such as 1 on the left and 2 on the right "
    "(1 record)."
)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_lists, "PAGE_SIZE", 3)


def compared(folder: Path, left: list[Any], right: list[Any]) -> tuple[list[str], WholeList]:
    """Compare two lists, and return the sentences about their differences."""
    servers = Servers.of(folder, pages_of(left), pages_of(right))
    lists = []

    def run(confirmation: Confirmation) -> None:
        lists.append(WholeList("ecf_participants", read_pair(), confirmation))
        lists[0].read()

    return servers.compare(run), lists[0]


def test_same_lists_have_no_difference(tmp_path: Path) -> None:
    records = [record(number, full_name=f"Name {number}") for number in range(1, 11)]

    sentences, whole = compared(tmp_path, records, records)

    assert sentences == []
    assert whole.matched == 10
    assert whole.ids == {each["id"]: each["id"] for each in records}


def test_record_on_another_page_is_compared(tmp_path: Path) -> None:
    left = [record(number, a=1) for number in range(1, 9)]
    right = [*left[1:], {**left[0], "attributes": {"a": 2}}]

    sentences, whole = compared(tmp_path, left, right)

    assert sentences == [
        ANOTHER_VALUE,
        "list_ecf_participants returns records in another order (1 request).",
    ]
    assert whole.matched == 8


def test_records_of_one_side_are_counted_once(tmp_path: Path) -> None:
    records = [record(number) for number in range(1, 9)]

    sentences, _ = compared(tmp_path, records, records[2:])

    assert sentences == [
        f"list_ecf_participants returns 2 records that are only on the left, such as {records[0]['id']}."
    ]


def test_lists_with_own_ids_are_matched_by_key(tmp_path: Path) -> None:
    left = [record(number, teacher_reference_number=str(number), a=1) for number in range(1, 6)]
    right = [record(100 + number, teacher_reference_number=str(number), a=1) for number in range(1, 6)]
    right[3]["attributes"]["a"] = 2

    sentences, whole = compared(tmp_path, left, right)

    assert sentences == [ANOTHER_VALUE]
    assert whole.ways == {"teacher_reference_number": 5}
    assert whole.ids[left[0]["id"]] == right[0]["id"]


@pytest.mark.parametrize("form", [lambda text: text.replace("-", ""), str.upper], ids=["without-hyphens", "upper-case"])
def test_ids_of_the_same_records_in_another_form_are_one_difference(form: Callable[[str], str], tmp_path: Path) -> None:
    left = [record(0xABCDEF << 100 | number, teacher_reference_number=str(number)) for number in range(1, 6)]
    right = [{**each, "id": form(each["id"])} for each in left]

    (sentence,), whole = compared(tmp_path, left, right)

    assert "`data[].id` of list_ecf_participants has another form of id, such as" in sentence
    assert whole.matched == 5


def test_evidence_is_the_record_alone_on_both_sides(tmp_path: Path) -> None:
    left = [record(number, a=1) for number in range(1, 9)]
    right = [*left[:6], record(7, a=2), left[7]]

    servers = Servers.of(tmp_path, pages_of(left), pages_of(right))
    servers.compare(lambda confirmation: WholeList("ecf_participants", read_pair(), confirmation).read())
    (finding,) = servers.ledger.findings()
    exchanges = [line for line in _lines(tmp_path / "exchanges.ndjson") if line["id"] in finding.exchanges]

    assert [each["id"].partition("-")[0] for each in exchanges] == ["left", "right"]
    assert all(each["request"]["url"].endswith("?page[page]=7&page[per_page]=1") for each in exchanges)
    assert [each["violations"][0]["where"] for each in exchanges] == ["/data/0/attributes/a"] * 2


def test_server_that_ignores_pages_is_read_twice(tmp_path: Path) -> None:
    page = body(*[record(number) for number in range(3)])

    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        return 200, JSON_TYPE, page

    servers = Servers.of(tmp_path, respond, respond)
    servers.compare(lambda confirmation: WholeList("ecf_participants", read_pair(), confirmation).read())

    assert len(servers.left.reads) <= 3


def test_record_that_changed_meanwhile_is_no_difference(tmp_path: Path) -> None:
    reads = 0

    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        nonlocal reads
        reads += 1
        return 200, JSON_TYPE, body(record(1, a=1 if reads == 1 else 2))

    servers = Servers.of(tmp_path, respond, lambda _: (200, JSON_TYPE, body(record(1, a=2))))

    def run(confirmation: Confirmation) -> None:
        pair = confirmation.pairs.send_again(read_pair())
        confirmation.add(pair, list(compare_replies(pair, confirmation.identities)))

    assert servers.compare(run) == []
    assert (reads, len(servers.right.reads)) == (2, 2)


def test_difference_of_several_parameters_is_found_at_one(tmp_path: Path) -> None:
    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        return 500 if ("sort", "x") in read.query else 200, JSON_TYPE, body()

    servers = Servers.of(tmp_path, lambda _: (200, JSON_TYPE, body()), respond)
    pair = read_pair(("filter[cohort]", "2024"), ("sort", "x"), label="query:filter[cohort],sort")

    def run(confirmation: Confirmation) -> None:
        for replies in confirmation.pairs.send_all([pair, pair]):
            confirmation.add(replies, list(compare_replies(replies, confirmation.identities)))

    assert servers.compare(run) == [
        "list_ecf_participants with sort returns 200 on the left, 500 on the right (2 requests)."
    ]


def test_servers_get_each_read_in_turn(tmp_path: Path) -> None:
    records = [record(number) for number in range(1, 5)]
    servers = Servers.of(tmp_path, pages_of(records), pages_of(records))
    servers.compare(lambda confirmation: WholeList("ecf_participants", read_pair(), confirmation).read())

    assert servers.left.reads == servers.right.reads


def _lines(path: Path) -> list[dict[str, Any]]:
    return list(read_journals(path.parent).exchanges.values())


@pytest.mark.parametrize(("rereads", "number"), [((False, True), 1), ((True, False), 1), ((False, False), 0)])
def test_another_order_counts_if_it_is_there_once_more(rereads: tuple[bool, ...], number: int, tmp_path: Path) -> None:
    records = [record(1), record(2)]
    orders = iter((True, *rereads))

    def right(_: Read) -> tuple[int, Mapping[str, str], bytes]:
        return 200, JSON_TYPE, body(*(reversed(records) if next(orders) else records))

    def run(confirmation: Confirmation) -> None:
        (pair,) = confirmation.pairs.send_all([read_pair(("sort", "-created_at"), label="query:sort")])
        confirmation.add(pair, confirmation.compare(pair))

    assert len(Servers.of(tmp_path, pages_of(records), right).compare(run)) == number


@pytest.mark.parametrize(
    ("old", "new", "others", "kinds"),
    [
        ("a_b", "c", ["x", "y"], ["called c on the right"]),
        ("a_b", "aB", ["x", "x"], ["called aB on the right"]),
        ("a_b", "c", ["x", "x"], ["missing on the left", "missing on the right"]),
        ("a_b", "c", ["x", "z"], ["missing on the left", "missing on the right"]),
        ("a_b", "c", ["x"], ["missing on the left", "missing on the right", "only on the left"]),
    ],
    ids=["renamed", "similar-name", "by-chance", "other-value", "other-records"],
)
def test_field_with_the_same_values_under_another_name_is_renamed(
    old: str, new: str, others: list[str], kinds: list[str], tmp_path: Path
) -> None:
    values = ["x", "x" if others[-1] == "x" and len(others) > 1 else "y"]
    left = [record(number, **{old: value}) for number, value in enumerate(values)]
    right = [record(number, **{new: value}) for number, value in enumerate(others)]
    servers = Servers.of(tmp_path, pages_of(left), pages_of(right))

    servers.compare(lambda confirmation: WholeList("statements", read_pair(), confirmation).read())

    assert sorted(each.cause.kind for each in servers.ledger.findings() if each.cause) == kinds
