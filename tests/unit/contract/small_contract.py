"""A small contract, for tests of errors in its files."""

from pathlib import Path

ENTRY = """\
openapi: 3.1.1
info:
  title: A small API
  version: 1.0.0
  x-edition: "2024-12"
paths:
  /things:
    get:
      operationId: list_things
      summary: List things
      tags: [ecf]
      responses:
        "200": {$ref: "components/things.yaml#/responses/Things"}
"""
THINGS = """\
schemas:
  Thing:
    type: object
    properties:
      id: {type: string}
responses:
  Things:
    description: Things.
    content:
      application/json:
        schema: {$ref: "#/schemas/Thing"}
"""


def write_contract(folder: Path, entry: str = ENTRY, **components: str) -> Path:
    """Write the small contract, with another entry document or other component files; return its root."""
    root = folder / "openapi"
    (root / "components").mkdir(parents=True)
    (root / "v3.yaml").write_text(entry, encoding="utf-8")
    for name, text in ({"things": THINGS} | components).items():
        (root / "components" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root
