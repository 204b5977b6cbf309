"""Text from servers is displayed safely."""

import io
import unicodedata

import pytest

from lead_provider_conformance.text import one_line, shortened, visible, without_positions, write_plainly


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ud800", "⟨U+D800⟩"),
        ("c1 \x9b31m", "c1 ⟨U+009B⟩31m"),
        ("line\u2028break", "line⟨U+2028⟩break"),
    ],
)
def test_invisible_character_is_shown_by_code_point(sent: str, shown: str) -> None:
    assert visible(sent) == shown


def test_visible_text_is_unchanged() -> None:
    assert visible("Zoë O’Brien\n\t– 42 % ✓ 日本") == "Zoë O’Brien\n\t– 42 % ✓ 日本"


def test_every_control_and_format_character_is_replaced() -> None:
    hidden = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]

    assert [c for c in hidden if c not in "\n\t" and visible(c) == c] == []


def test_windows_line_breaks_become_newlines() -> None:
    assert visible("a\r\nb") == "a\nb"


def test_one_line_joins_lines_and_collapses_spaces() -> None:
    assert one_line(" a\n\n b\t c ") == "a b c"


def test_shortened_text_keeps_within_the_length_and_ends_with_an_ellipsis() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/data/0/attributes/cohorts/12", "/data/*/attributes/cohorts/*"),
        ("/data/3: is wrong", "/data/*: is wrong"),
        ("/api/v3/statements", "/api/v3/statements"),
        ("", ""),
    ],
)
def test_list_positions_of_a_pointer_become_stars(pointer: str, expected: str) -> None:
    assert without_positions(pointer) == expected


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "2 passed - 1 failed\n-> see ... '?'\n"),
        ("cp1252", "2 passed · 1 failed\n-> see … '?'\n"),
        ("utf-8", "2 passed · 1 failed\n→ see … '語'\n"),
    ],
)
def test_stream_of_any_encoding_shows_readable_text(encoding: str, shown: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    write_plainly(stream)

    stream.write("2 passed · 1 failed\n→ see … '語'\n")
    stream.flush()

    assert raw.getvalue().decode(encoding) == shown


def test_stream_without_an_encoding_is_left_alone() -> None:
    write_plainly(io.StringIO())
    write_plainly(None)
