"""`badge.svg`: the verdict at a glance, to be shown in a README or on a dashboard. It needs no font and no network."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lead_provider_conformance.model import Conformance
from lead_provider_conformance.reports.digest import response
from lead_provider_conformance.results.verdict import Verdict

# White on each of these has a contrast of more than 4.5 to 1.
COLOURS = {
    Conformance.CONFORMANT: "#00703c",
    Conformance.NOT_CONFORMANT: "#c4272e",
    Conformance.INCOMPLETE: "#7a5b00",
}
NAME = "lead provider API"
GLYPH, PADDING, HEIGHT = 6.6, 8, 20


def badge_svg(verdict: Verdict) -> str:
    """The text of `badge.svg`."""
    conformance = response(verdict)
    versions = " ".join(dict.fromkeys(scope.scope.version for scope in verdict.scopes))
    right = escape(f"{conformance} {versions}".strip())
    widths = [round(len(text) * GLYPH) + 2 * PADDING for text in (NAME, right)]
    whole = sum(widths)
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">{text}</text>'
        for x, width, text in ((PADDING, widths[0], NAME), (widths[0] + PADDING, widths[1], right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{HEIGHT}" role="img" '
        f'aria-label="{NAME}: {right}"><title>{NAME}: {right}</title>'
        f'<rect width="{whole}" height="{HEIGHT}" rx="3" fill="{COLOURS[conformance]}"/>'
        f'<path d="M3 0h{widths[0] - 3}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b4045"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )
