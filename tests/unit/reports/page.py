"""A report's page as a reader of HTML sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "img", "hr"}
INLINE = {"a", "b", "code", "mark", "span", "strong", "summary"}


@dataclass
class Node:
    """An element with its attributes, and what is in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text in the element, on one line, as a reader sees it."""
        return " ".join(self._read().split())

    @property
    def source(self) -> str:
        """The text in the element, as it is."""
        return "".join(child if isinstance(child, str) else child.source for child in self.children)

    def all(self, tag: str | None = None, **attributes: str) -> list[Node]:
        """Every element within that has the tag and the attributes; for `class_`, one of the classes."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if (tag is None or child.tag == tag) and child._has(attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str | None = None, **attributes: str) -> Node:
        """The only such element within."""
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
    """The page; every element that is opened in it is closed."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert [node.tag for node in builder.open] == [""]
    return builder.open[0]
