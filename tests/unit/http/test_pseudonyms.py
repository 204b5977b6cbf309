"""People are replaced in answers, each by the same stand-in, and nothing else changes."""

import json

import pytest

from lead_provider_conformance.http.pseudonyms import Pseudonymiser

SECRETS = {"a-token-of-the-first-1": "$TOKEN"}


@pytest.fixture
def people() -> Pseudonymiser:
    return Pseudonymiser(SECRETS)


def response(**members: object) -> bytes:
    return json.dumps({"data": [{"id": "1234567", "attributes": members}]}).encode()


def attributes(content: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(content)["data"][0]["attributes"]
    return found


def test_names_addresses_and_trns_are_replaced_and_the_rest_stays(people: Pseudonymiser) -> None:
    content = response(
        full_name='Zoë "Z" O\'Neill', email="zoe@school.example", teacher_reference_number="1234567", cohort="2023"
    )
    found = attributes(people.content(content))

    assert str(found["full_name"]).startswith("Person ")
    assert str(found["email"]).endswith("@people.invalid")
    assert len(str(found["teacher_reference_number"])) == 7
    assert found["teacher_reference_number"] != "1234567"
    assert found["cohort"] == "2023"
    assert json.loads(people.content(content))["data"][0]["id"] == "1234567"
    for planted in (b"Zo", b"Neill", b"zoe", b"school.example"):
        assert planted not in people.content(content)


def test_the_same_value_has_the_same_stand_in_in_every_process_and_another_has_another(people: Pseudonymiser) -> None:
    again = Pseudonymiser(SECRETS)

    for member, first, second in (
        ("full_name", "Ann Bee", "Ann Cee"),
        ("email", "a@b.example", "a@c.example"),
        ("teacher_reference_number", "1234567", "1234568"),
    ):
        assert people.pseudonym(member, first) == again.pseudonym(member, first)
        assert people.pseudonym(member, first) != people.pseudonym(member, second)


def test_no_two_trns_have_the_same_stand_in(people: Pseudonymiser) -> None:
    stand_ins = {people.pseudonym("teacher_reference_number", f"{number:07d}") for number in range(0, 60_000, 7)}

    assert len(stand_ins) == len(range(0, 60_000, 7))
    assert all(len(each) == 7 and each.isdecimal() for each in stand_ins)


@pytest.mark.parametrize("digits", [slice(0, 4), slice(4, 7)], ids=["first four", "last three"])
def test_no_digits_of_a_trn_stay_in_clear(people: Pseudonymiser, digits: slice) -> None:
    trns = [f"{number:07d}" for number in range(1_000_000, 9_000_000, 80_001)]
    kept = [trn for trn in trns if people.pseudonym("teacher_reference_number", trn)[digits] == trn[digits]]

    assert len(kept) < len(trns) / 10


def test_with_another_token_the_stand_ins_are_others(people: Pseudonymiser) -> None:
    other = Pseudonymiser({"another-token-22": "$TOKEN"})

    assert other.pseudonym("full_name", "Ann Bee") != people.pseudonym("full_name", "Ann Bee")


@pytest.mark.parametrize("value", ["", " ", None, 1234567, True])
def test_what_is_no_text_or_empty_stays_as_it_is(people: Pseudonymiser, value: object) -> None:
    content = response(full_name=value, email=value, teacher_reference_number=value)

    assert people.content(content) == content


def test_what_is_wrong_with_a_value_stays_wrong(people: Pseudonymiser) -> None:
    found = attributes(people.content(response(email="not an address", teacher_reference_number="12/345")))

    assert "@" not in str(found["email"])
    assert found["teacher_reference_number"] == "00/000"


def test_addresses_are_replaced_wherever_they_stand(people: Pseudonymiser) -> None:
    content = people.content(b'{"errors":[{"detail":"ann@b.example is taken"}]}')

    assert b"ann@b.example" not in content
    assert people.pseudonym("email", "ann@b.example").encode() in content
    assert "ann@b.example" not in people.text("/api?x=ann@b.example")


def test_a_stand_in_stands_for_itself(people: Pseudonymiser) -> None:
    once = people.content(response(email="a@b.example"))

    assert people.text(once.decode()) == once.decode()


def test_columns_of_csv_are_replaced(people: Pseudonymiser) -> None:
    content = people.content(b'id,full_name,email\r\n1,"Bee, Ann",ann@b.example\r\n')

    assert content.startswith(b"id,full_name,email\r\n1,Person ")
    assert b"Ann" not in content
    assert b"b.example" not in content


def test_bytes_that_are_no_text_pass_through(people: Pseudonymiser) -> None:
    assert people.content(b"\xff\xfe\x00") == b"\xff\xfe\x00"


def test_tokens_are_still_redacted(people: Pseudonymiser) -> None:
    assert people.content(b"a-token-of-the-first-1") == b"$TOKEN"
