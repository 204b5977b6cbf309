"""Says in plain words what an assertion of the suites found, for readers who do not read Python."""

from __future__ import annotations

import re

LONGEST = 600

# Pytest explains a failed comparison as `assert LEFT == RIGHT`, and on the next line where LEFT came from.
STATUS = re.compile(
    r"assert (\d+) == (\d+)\n \+  where \1 = <(?P<request>[A-Z]+ \S+) → \d+ (?P<body>.*?)>\.status$", re.M
)
ONE_OF = re.compile(
    r"assert (\d+) in \((.+?)\)\n \+  where \1 = <(?P<request>[A-Z]+ \S+) → \d+ (?P<body>.*?)>\.status$", re.M
)
ATTRIBUTE = re.compile(r"assert (.+) == (.+)\n \+  where \1 = .*\.(\w+)$", re.M)
NAMES = re.compile(r"assert False\n \+  where False = .*?<(?P<request>[A-Z]+ \S+) → (?P<body>.*?)>>\('(\w+)'\)$", re.M)
EQUAL = re.compile(r"assert (.+) == (.+)$", re.M)
PLAIN = re.compile(r"assert (.+)", re.S)


def in_plain_words(error: AssertionError) -> str:
    """What was expected and what came, in a sentence, with the start of the answer where there is one."""
    text = str(error).strip()
    said = text.partition("assert ")[0].strip().rstrip(":")
    if " " in said:
        return _cut(said)  # the test says it itself, in a sentence
    about = f" ({said})" if said else ""
    if match := STATUS.search(text):
        return _cut(f"{match['request']} was answered with {match[1]}{about}; expected {match[2]}. {match['body']}")
    if match := ONE_OF.search(text):
        return _cut(
            f"{match['request']} was answered with {match[1]}{about}; expected one of {match[2]}. {match['body']}"
        )
    if match := NAMES.search(text):
        return _cut(f"No error names `{match[3]}`{about}: {match['request']} was answered with {match['body']}")
    if match := ATTRIBUTE.search(text):
        return _cut(f"`{match[3]}` is {match[1]}{about}; expected {match[2]}.")
    if match := EQUAL.search(text):
        return _cut(f"{match[1]} came{about}; expected {match[2]}.")
    if match := PLAIN.search(text):
        found = re.split(r"\n \+  where", match[1])[0]
        return _cut(f"This does not hold{about}: {' '.join(found.split())}")
    return _cut(text) or "An assertion failed."


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
