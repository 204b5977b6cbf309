"""The history of the API names behaviours and operations as they are."""

import re

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.behaviours import load_behaviours
from lead_provider_conformance.resources import contract_root

PAGE = contract_root().parent / "docs" / "contract" / "history.md"
BEHAVIOUR = re.compile(r"\b[A-Z]+(?:-[A-Z0-9]+)+\b")


def test_sources_are_behaviours():
    named = set(BEHAVIOUR.findall(PAGE.read_text(encoding="utf-8")))

    assert len(named) > 15
    assert named <= {each.id for each in load_behaviours().values()}


def test_guide_of_2021_is_understood_in_its_later_form_only():
    v1 = Contract.load("v1")
    list_operation = v1.operation("legacy_list_participants")

    def problems(name, value):
        return v1.check_request(list_operation, list_operation.path, ((name, value),), None, b"")

    assert v1.find("POST", "/api/v1/participant_declarations") is None
    assert v1.find("POST", "/api/v1/participant-declarations") == v1.operation("create_participant_declaration")
    assert problems("filter[updated_since]", "2021-05-13T11:21:55Z") == ()
    assert problems("filter", '{updated_since:"2021-05-13T11:21:55Z"}') != ()
