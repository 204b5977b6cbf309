"""Personal data in responses is replaced by stable pseudonyms, and nothing else changes."""

import json

import pytest

from lead_provider_conformance.contract.csv_body import NotCsvError, parse_csv
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


@pytest.mark.parametrize(("number", "trn"), [(1234567, "1234567"), (12345, "0012345")])
def test_trn_as_a_number_has_the_pseudonym_of_the_text(number: int, trn: str, pseudonymiser: Pseudonymiser) -> None:
    found = attributes(pseudonymiser.content(response(teacher_reference_number=number, cohort=2023)))

    assert found["teacher_reference_number"] == int(pseudonymiser.pseudonym("teacher_reference_number", trn))
    assert found["cohort"] == 2023


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


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("full_name", "Ann Bee", "Person 8CBC56CD0C"),
        ("induction_tutor_name", "Zoë", "Person 1F25460A65"),
        ("email", "ann@b.example", "person-e1bdd22746@people.invalid"),
        ("induction_tutor_email", "Ann@B.example", "person-e1bdd22746@people.invalid"),
        ("email", "ann at b.example", "person-523503a1c4"),
        ("teacher_reference_number", "1234567", "7218387"),
        ("teacher_reference_number", "0000000", "1515484"),
    ],
)
def test_pseudonyms_stay_the_same_in_later_versions(field: str, value: str, expected: str) -> None:
    # Users compare the reports of runs with different versions of the suite.
    for tokens in (("token-one", "token-two"), ("token-two", "token-one")):
        assert Pseudonymiser(dict.fromkeys(tokens, "$TOKEN")).pseudonym(field, value) == expected


def test_pseudonyms_depend_on_the_token(pseudonymiser: Pseudonymiser) -> None:
    other = Pseudonymiser({"another-token-22": "$TOKEN"})

    assert other.pseudonym("full_name", "Ann Bee") != pseudonymiser.pseudonym("full_name", "Ann Bee")


@pytest.mark.parametrize("value", ["", " ", None, True])
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


def test_csv_keeps_its_line_ends_header_and_other_columns(pseudonymiser: Pseudonymiser) -> None:
    name = pseudonymiser.pseudonym("full_name", "Ann").encode()

    for end in (b"\n", b"\r\n"):
        content = pseudonymiser.content(end.join([b"full_name,note", b'Ann,"two', b'lines"', b"Ann,", b""]))
        assert content == end.join([b"full_name,note", name + b',"two', b'lines"', name + b",", b""])


@pytest.mark.parametrize(
    "content",
    [
        b'"id","full_name"\n"1","Ann Bee"\n',
        b"\xef\xbb\xbffull_name,id\nAnn Bee,1\n",
        b'\xef\xbb\xbf"full_name"\nAnn Bee\n',
        b"id,full_name\r1,Ann Bee\r",
        b'id,full_name\n1,"Ann Bee',
        b"id,full_name\n1,Ann Bee,more\n",
    ],
    ids=["quoted header", "byte order mark", "mark and quoted header", "old line ends", "open quote", "long row"],
)
def test_names_are_replaced_in_unusual_csv(pseudonymiser: Pseudonymiser, content: bytes) -> None:
    redacted = pseudonymiser.content(content)

    assert b"Ann" not in redacted
    assert pseudonymiser.pseudonym("full_name", "Ann Bee").encode() in redacted


def test_csv_with_a_field_above_the_limit_of_csv_is_replaced_by_malformed_csv(pseudonymiser: Pseudonymiser) -> None:
    content = pseudonymiser.content(b"full_name\nAnn\n" + b"x" * 200_000)

    with pytest.raises(NotCsvError):
        parse_csv(content)
    assert b"Ann" not in content


@pytest.mark.parametrize(
    "content", [b'["id","full_name","x"]', b'{"a":["id","full_name","x"]}', b"\nfull_name,id\n1,2\n", b""]
)
def test_content_that_is_no_csv_with_names_is_unchanged(pseudonymiser: Pseudonymiser, content: bytes) -> None:
    assert pseudonymiser.content(content) == content


def test_name_with_a_control_character_is_replaced_by_its_pseudonym(pseudonymiser: Pseudonymiser) -> None:
    expected = pseudonymiser.pseudonym("full_name", "A\tB").encode()

    assert pseudonymiser.content(b'{"full_name" : "A\tB"}') == b'{"full_name" : "' + expected + b'"}'


def test_name_with_a_lone_surrogate_is_replaced(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b'{"full_name":"A\\ud800"}').startswith(b'{"full_name":"Person ')


def test_name_that_is_not_a_json_string_is_replaced_by_a_question_mark(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b'{"full_name":"A\\q"}') == b'{"full_name":"?"}'


def test_bytes_that_are_not_text_are_unchanged(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b"\xff\xfe\x00") == b"\xff\xfe\x00"


def test_tokens_are_still_redacted(pseudonymiser: Pseudonymiser) -> None:
    assert pseudonymiser.content(b"a-token-of-the-first-1") == b"$TOKEN"
