"""`python -m tools.docs`: write the generated pages of `docs/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tools.contract.reference import render
from tools.journeys_page import journeys_section
from tools.readiness_pages import obligations_page, situations_page
from tools.requirement_pages import FOLDER, faults_file, pages

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.contract.documents import reference_page
from lead_provider_sandbox.domain.lifecycles import LIFECYCLES, Lifecycle

DOCS = Path(__file__).parents[1] / "docs"
_INTRODUCTION = """# Lifecycles

How declarations, training and NPQ applications change state. The diagrams are generated from the tables in
`src/lead_provider_sandbox/domain/lifecycles.py`, and the tables at the end from those in
`src/lead_provider_conformance/fuzzing/stateful/`. To update this page, change the tables and run
`make docs`.
"""


def diagram(lifecycle: Lifecycle) -> str:
    """Return a lifecycle as a Mermaid state diagram."""

    def label(state: str) -> str:
        return state.replace("-", "_")

    lines = ["stateDiagram-v2"]
    lines += [f"    {label(state)}: {state}" for state in lifecycle.states]
    lines += [f"    [*] --> {label(state)}" for state in lifecycle.initial]
    for state, events in lifecycle.transitions.items():
        lines += [f"    {label(state)} --> {label(following)}: {event}" for event, following in events.items()]
        if not events:
            lines.append(f"    {label(state)} --> [*]")
    return "\n".join(lines)


def lifecycles_page() -> str:
    """Return the text of `docs/lifecycles.md`: every lifecycle as a diagram and a table, and the rules of journeys."""
    parts = [_INTRODUCTION]
    for lifecycle in LIFECYCLES:
        rows = [
            f"| {state} | {event} | {following} |"
            for state, events in lifecycle.transitions.items()
            for event, following in events.items()
        ]
        table = "\n".join(["| state | event | next state |", "|---|---|---|", *rows])
        title = f"{lifecycle.name[:1].upper()}{lifecycle.name[1:]}"
        parts.append(f"## {title}\n\n```mermaid\n{diagram(lifecycle)}\n```\n\n{table}\n")
    return "\n".join([*parts, journeys_section()])


def reference(name: str) -> str:
    """Return the reference page of a document as Markdown."""
    return render(Contract.load(name), f"openapi/{name}.yaml")


PAGES: Mapping[str, Callable[[], str]] = {
    **{f"contract/{reference_page(name)}": partial(reference, name) for name in document_names()},
    "lifecycles.md": lifecycles_page,
    "readiness/obligations.md": obligations_page,
    "readiness/situations.md": situations_page,
    **pages(),
}
"""The generated pages by their path in `docs/`."""
DATA: Mapping[str, Callable[[], str]] = {"suites/faults.json": faults_file}
"""The generated files of data by their path in the repository."""


def main() -> None:
    """Write every generated page, and remove the pages of requirements that are no more."""
    for name, content in DATA.items():
        (DOCS.parent / name).write_text(content(), encoding="utf-8")
    (DOCS / FOLDER).mkdir(exist_ok=True)
    for page in (DOCS / FOLDER).glob("*.md"):
        page.unlink()
    for name, content in PAGES.items():
        (DOCS / name).write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
