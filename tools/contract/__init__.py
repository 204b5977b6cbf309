"""Tools for the authors of `openapi/`: lint, errata check, edition freezing and reference pages."""
