"""Other OpenAPI tools accept the bundled documents without warnings."""

import warnings

import openapi_spec_validator
import schemathesis
import yaml

from lead_provider_conformance.cli.contract import as_yaml


def test_openapi_spec_validator_accepts_the_document(any_contract):
    openapi_spec_validator.validate(any_contract.document)


def test_schemathesis_accepts_the_document(any_contract):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = schemathesis.openapi.from_dict(dict(any_contract.document))
        operations = [result.ok() for result in schema.get_all_operations()]

    assert len(operations) == len(any_contract.operations)


def test_yaml_loads_as_the_document(any_contract):
    assert yaml.safe_load(as_yaml(any_contract.document)) == any_contract.document
