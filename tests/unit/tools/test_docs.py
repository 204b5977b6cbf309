"""The generated pages of docs/ are current."""

import pytest
from tools.docs import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "Run `make docs`."
