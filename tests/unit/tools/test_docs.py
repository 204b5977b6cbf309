"""The generated pages of docs/ are current."""

import pytest
from tools.docs import DATA, DOCS, PAGES
from tools.requirement_pages import FOLDER


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "Run `make docs`."


@pytest.mark.parametrize("name", DATA)
def test_generated_data_is_current(name: str) -> None:
    assert (DOCS.parent / name).read_text(encoding="utf-8") == DATA[name](), "Run `make docs`."


def test_every_file_of_requirements_has_its_page_and_no_page_is_left() -> None:
    files = {path.stem for path in (DOCS.parent / "suites" / FOLDER).glob("*.yaml")}

    assert {path.stem for path in (DOCS / FOLDER).glob("*.md")} == {*files, "README"}
