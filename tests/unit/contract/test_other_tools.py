"""Other OpenAPI tools accept the bundled documents without warnings."""

import warnings

import openapi_spec_validator
import schemathesis
import yaml

from lead_provider_conformance.cli.contract import as_yaml


def test_openapi_spec_validator_accepts_the_document(contract):
    openapi_spec_validator.validate(contract.document)


def test_schemathesis_accepts_the_document(contract):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = schemathesis.openapi.from_dict(dict(contract.document))
        operations = [result.ok() for result in schema.get_all_operations()]

    assert len(operations) == len(contract.operations)


def test_yaml_loads_as_the_document(contract):
    assert yaml.safe_load(as_yaml(contract.document)) == contract.document
