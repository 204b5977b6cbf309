"""Personal data in responses is replaced by stable pseudonyms, and nothing else changes."""

import json

import pytest

from lead_provider_conformance.http.pseudonyms import Pseudonymiser

SECRETS = {"a-token-of-the-first-1": "$TOKEN"}


@pytest.fixture
def pseudonymiser() -> Pseudonymiser:
    return Pseudonymiser(SECRETS)


def response(**members: object) -> bytes:
    return json.dumps({"data": [{"id": "1234567", "attributes": members}]}).encode()


def attributes(content: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(content)["data"][0]["attributes"]
    return found


def test_names_emails_and_trns_are_replaced_and_other_fields_unchanged(pseudonymiser: Pseudonymiser) -> None:
    content = response(
        full_name='Zoë "Z" O\'Neill', email="zoe@school.example", teacher_reference_number="1234567", cohort="2023"
    )
    found = attributes(pseudonymiser.content(content))

    assert str(found["full_name"]).startswith("Person ")
    assert str(found["email"]).endswith("@people.invalid")
    assert len(str(found["teacher_reference_number"])) == 7
    assert found["teacher_reference_number"] != "1234567"
    assert found["cohort"] == "2023"
    assert json.loads(pseudonymiser.content(content))["data"][0]["id"] == "1234567"
    for original in (b"Zo", b"Neill", b"zoe", b"school.example"):
        assert original not in pseudonymiser.content(content)


def test_equal_values_have_equal_pseudonyms_in_every_process_and_others_differ(pseudonymiser: Pseudonymiser) -> None:
    again = Pseudonymiser(SECRETS)

    for member, first, second in (
        ("full_name", "Ann Bee", "Ann Cee"),
        ("email", "a@b.example", "a@c.example"),
        ("teacher_reference_number", "1234567", "1234568"),
    ):
        assert pseudonymiser.pseudonym(member, first) == again.pseudonym(member, first)
        assert pseudonymiser.pseudonym(member, first) != pseudonymiser.pseudonym(member, second)


def test_no_two_trns_have_the_same_pseudonym(pseudonymiser: Pseudonymiser) -> None:
    trns = [f"{number:07d}" for number in range(0, 60_000, 7)]
    pseudonyms = {pseudonymiser.pseudonym("teacher_reference_number", trn) for trn in trns}

    assert len(pseudonyms) == len(trns)
    assert all(len(each) == 7 and each.isdecimal() for each in pseudonyms)


@pytest.mark.parametrize("digits", [slice(0, 4), slice(4, 7)], ids=["first four", "last three"])
def test_no_digits_of_a_trn_stay_in_clear(pseudonymiser: Pseudonymiser, digits: slice) -> None:
    trns = [f"{number:07d}" for number in range(1_000_000, 9_000_000, 80_001)]
    unchanged = [trn for trn in trns if pseudonymiser.pseudonym("teacher_reference_number", trn)[digits] == trn[digits]]

    assert len(unchanged) < len(trns) / 10


def test_pseudonyms_depend_on_the_token(pseudonymiser: Pseudonymiser) -> None:
    other = Pseudonymiser({"another-token-22": "$TOKEN"})

    assert other.pseudonym("full_name", "Ann Bee") != pseudonymiser.pseudonym("full_name", "Ann Bee")


@pytest.mark.parametrize("value", ["", " ", None, 1234567, True])
def test_empty_and_non_text_values_are_unchanged(pseudonymiser: Pseudonymiser, value: object) -> None:
    content = response(full_name=value, email=value, teacher_reference_number=value)

    assert pseudonymiser.content(content) == content


def test_malformed_value_stays_malformed(pseudonymiser: Pseudonymiser) -> None:
    found = attributes(pseudonymiser.content(response(email="not an address", teacher_reference_number="12/345")))

    assert "@" not in str(found["email"])
    assert found["teacher_reference_number"] == "00/000"


def test_email_addresses_are_replaced_everywhere(pseudonymiser: Pseudonymiser) -> None:
    content = pseudonymiser.content(b'{"errors":[{"detail":"ann@b.example is taken"}]}')

    assert b"ann@b.example" not in content
    assert pseudonymiser.pseudonym("email", "ann@b.example").encode() in content
    assert "ann@b.example" not in pseudonymiser.text("/api?x=ann@b.example")


def test_pseudonym_of_a_pseudonym_is_itself(pseudonymiser: Pseudonymiser) -> None:
    once = pseudonymiser.content(response(email="a@b.example"))

    assert pseudonymiser.text(once.decode()) == once.decode()


def test_personal_columns_of_csv_are_replaced(pseudonymiser: Pseudonymiser) -> None:
    content = pseudonymiser.content(b'id,full_name,email\r\n1,"Bee, Ann",ann@b.example\r\n')

    assert content.startswith(b"id,full_name,email\r\n1,Person ")
    assert b"Ann" not in content
    assert b"b.example" not in content


def test_bytes_that_are_not_text_are_unchanged(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b"\xff\xfe\x00") == b"\xff\xfe\x00"


def test_tokens_are_still_redacted(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b"a-token-of-the-first-1") == b"$TOKEN"
