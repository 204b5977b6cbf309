"""A parsed report page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "img", "hr"}
INLINE = {"a", "b", "code", "mark", "span", "strong", "summary"}


@dataclass
class Node:
    """An element with its attributes and children."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the visible text on one line."""
        return " ".join(self._read().split())

    @property
    def source(self) -> str:
        """Return the text unchanged."""
        return "".join(child if isinstance(child, str) else child.source for child in self.children)

    def all(self, tag: str | None = None, **attributes: str) -> list[Node]:
        """Return all descendants with the tag and attributes; `class_` matches one class."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if (tag is None or child.tag == tag) and child._has(attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str | None = None, **attributes: str) -> Node:
        """Return the only such descendant."""
        (found,) = self.all(tag, **attributes)
        return found

    def _read(self) -> str:
        read = "".join(child if isinstance(child, str) else child._read() for child in self.children)
        return read if self.tag in INLINE else f" {read} "

    def _has(self, wanted: dict[str, str]) -> bool:
        classes = self.attributes.get("class", "").split()
        return all(
            value in classes if name == "class_" else self.attributes.get(name) == value
            for name, value in wanted.items()
        )


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Node:
    """Parse a page and check that every element is closed."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert [node.tag for node in builder.open] == [""]
    return builder.open[0]
