"""Tokens in everything that a session writes."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.unit.readiness.served import served
from tests.unit.readiness.sessions import TOKEN, Service, session

from lead_provider_conformance.readiness.secrets import REMEMBERED, SessionRedactor

FOREIGN = "foreign-token-of-somebody-2"
BASIC = base64.b64encode(f"user:{FOREIGN}".encode()).decode()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("authorization", f"Bearer {TOKEN}", "Bearer $TOKEN"),
        ("authorization", f"bearer  {TOKEN} ", "bearer  $TOKEN "),
        ("authorization", f"Token token={TOKEN}", "Token token=$TOKEN"),
        ("authorization", f'Token token="{TOKEN}"', 'Token token="$TOKEN"'),
        ("authorization", TOKEN, "$TOKEN"),
        ("authorization", f"Bearer {FOREIGN}", "Bearer $OTHER_TOKEN"),
        ("authorization", f"Basic {BASIC}", "Basic $OTHER_TOKEN"),
        ("authorization", FOREIGN, "$OTHER_TOKEN"),
        ("authorization", "Bearer x", "Bearer $OTHER_TOKEN"),
        ("proxy-authorization", f"Basic {BASIC}", "Basic $OTHER_TOKEN"),
        ("cookie", f"session={FOREIGN}", "$OTHER_TOKEN"),
        ("x-api-key", FOREIGN, "$OTHER_TOKEN"),
        ("x-auth-token", FOREIGN, "$OTHER_TOKEN"),
        ("user-agent", f"sync/{TOKEN}", "sync/$TOKEN"),
        ("accept", "application/json", "application/json"),
    ],
)
def test_header_has_no_credentials(name: str, value: str, expected: str) -> None:
    assert SessionRedactor(TOKEN).headers({name: value}) == {name: expected}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"/x?token={TOKEN}", "/x?token=$TOKEN"),
        (f"/x?a=1&token={FOREIGN}&b=2", "/x?a=1&token=$OTHER_TOKEN&b=2"),
        (f"/x?access_token={FOREIGN}", "/x?access_token=$OTHER_TOKEN"),
        (f"/x?api-key={FOREIGN}", "/x?api-key=$OTHER_TOKEN"),
        (f"/{TOKEN}/x", "/$TOKEN/x"),
        ("/x?page[page]=2&filter[updated_since]=2026-01-01", "/x?page[page]=2&filter[updated_since]=2026-01-01"),
    ],
)
def test_url_has_no_credentials(url: str, expected: str) -> None:
    assert SessionRedactor(TOKEN).url(url) == expected


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        TOKEN.upper(),
        quote(TOKEN, safe="").replace("-", "%2D"),
        base64.b64encode(f"x:{TOKEN}".encode()).decode(),
        TOKEN.replace("t", "\\u0074"),
    ],
    ids=["plain", "upper-case", "percent", "base64", "json-escape"],
)
def test_body_has_no_token_in_any_form(form: str) -> None:
    redactor = SessionRedactor(TOKEN)

    for text in (redactor.content(f'{{"echo":"{form}"}}'.encode()).decode(), redactor.text(form), redactor.url(form)):
        assert "$TOKEN" in text
        assert form not in text


def test_foreign_token_is_replaced_in_later_texts() -> None:
    redactor = SessionRedactor(TOKEN)
    redactor.headers({"authorization": f"Bearer {FOREIGN}"})

    assert redactor.content(f"echo {FOREIGN} {TOKEN}".encode()) == b"echo $OTHER_TOKEN $TOKEN"


def test_number_of_remembered_tokens_is_limited_and_the_own_token_stays() -> None:
    redactor = SessionRedactor(TOKEN)
    for number in range(REMEMBERED + 1):
        redactor.headers({"authorization": f"Bearer {FOREIGN}-{number:03d}-end"})

    assert redactor.text(f"{FOREIGN}-000-end") == f"{FOREIGN}-000-end"
    assert redactor.text(f"{FOREIGN}-{REMEMBERED:03d}-end {TOKEN}") == "$OTHER_TOKEN $TOKEN"


def test_short_foreign_credentials_do_not_change_other_texts() -> None:
    redactor = SessionRedactor(TOKEN)
    redactor.headers({"authorization": "Bearer null"})

    assert redactor.text('{"data":null}') == '{"data":null}'


def test_no_file_of_a_session_has_a_token(tmp_path: Path) -> None:
    observed = session(tmp_path, Service(f'{{"echo":"{TOKEN} {FOREIGN}"}}'.encode()))

    async def run() -> None:
        async with served(observed) as running:
            for head in (
                f"GET /x?token={FOREIGN}&echo={TOKEN} HTTP/1.1\r\nAuthorization: Bearer {FOREIGN}",
                f"GET /{TOKEN} HTTP/1.1\r\nAuthorization: Basic {BASIC}\r\nCookie: a={FOREIGN}",
                f"GET /x HTTP/1.1\r\nX-{TOKEN}: 1",
                f"rubbish {TOKEN}",
            ):
                reader, writer = await running.send(f"{head}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                await reader.read()
                writer.close()

    asyncio.run(run())
    written = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))

    assert observed.recorder.exchanges == 3
    assert TOKEN.encode() not in written
    assert FOREIGN.encode() not in written
    assert BASIC.encode() not in written
