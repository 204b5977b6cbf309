"""`python -m tools.contract lint` and `python -m tools.contract freeze EDITION`."""

from __future__ import annotations

import argparse
import sys

from tools.contract.freeze import edition_file
from tools.contract.lint import lint

from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.contract.editions import editions
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.resources import contract_root, suites_root


def main() -> None:
    """Run the command that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tools.contract", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lint", help="check the documents of openapi/")
    freeze = commands.add_parser("freeze", help="fix the requirements that an edition counts; only before its release")
    freeze.add_argument("edition", choices=editions())
    arguments = parser.parse_args()
    if arguments.command == "lint":
        try:
            lint(contract_root())
        except ContractError as error:
            sys.exit(str(error))
    else:
        path = suites_root() / "requirements" / "editions" / f"{arguments.edition}.yaml"
        path.write_text(edition_file(arguments.edition, Registry.load()), encoding="utf-8")


if __name__ == "__main__":
    main()
