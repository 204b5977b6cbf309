"""`badge.svg` shows the verdict, also to screen readers."""

from xml.etree import ElementTree as ET

import pytest
from tests.unit.journals import Run
from tests.unit.samples import broad, conformant, troubled

from lead_provider_conformance.reports.badge import COLOURS, badge_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (conformant(), "conformant v3"),
        (troubled(), "not conformant v3"),
        (broad(), "not conformant v1 v2 v3"),
        (Run(scopes=()), "incomplete"),
    ],
)
def test_badge_shows_verdict_and_versions(run: Run, words: str) -> None:
    badge = ET.fromstring(badge_svg(run.verdict()))

    assert badge.attrib["aria-label"] == f"lead provider API: {words}"
    assert [text.text for text in badge.iter(f"{SVG}text")] == ["lead provider API", words]


def test_badge_of_a_partial_server_counts_its_operations() -> None:
    run = conformant().implements(["list_x", "show_x"], of=["list_x", "show_x", "void_x"])

    badge = ET.fromstring(badge_svg(run.verdict()))

    assert badge.attrib["aria-label"] == "lead provider API: conformant v3, 2 of 3 operations"


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*COLOURS.values(), "#3b4045"])
def test_white_text_has_enough_contrast(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5
