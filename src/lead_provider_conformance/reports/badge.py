"""`badge.svg`: the verdict for a README or a dashboard. It needs no font and no network."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lead_provider_conformance.model import Conformance, Subject
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.results.operations import partial_text
from lead_provider_conformance.results.verdict import Verdict

# White text on each colour has a contrast above 4.5 to 1 (WCAG AA).
COLOURS = {
    Conformance.CONFORMANT: "#00703c",
    Conformance.NOT_CONFORMANT: "#c4272e",
    Conformance.INCOMPLETE: "#7a5b00",
}
GLYPH, PADDING, HEIGHT = 6.6, 8, 20


def badge_svg(verdict: Verdict) -> str:
    """Return the text of `badge.svg`."""
    name = WORDINGS[verdict.subject].badge
    versions = " ".join(dict.fromkeys(scope.scope.version for scope in verdict.scopes))
    part = partial_text(verdict.journals) if verdict.subject is Subject.SERVER else ""
    message = escape(", ".join(filter(None, (f"{verdict.word} {versions}".strip(), part))))
    left, right = (round(len(text) * GLYPH) + 2 * PADDING for text in (name, message))
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">{text}</text>'
        for x, width, text in ((PADDING, left, name), (left + PADDING, right, message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" '
        f'aria-label="{name}: {message}"><title>{name}: {message}</title>'
        f'<rect width="{left + right}" height="{HEIGHT}" rx="3" fill="{COLOURS[verdict.conformance]}"/>'
        f'<path d="M3 0h{left - 3}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b4045"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )
