"""Errors of the contract's documents and of look-ups in them."""


class ContractError(Exception):
    """A document of the contract is not valid. The message has the file, the line and the error."""


class UnknownOperationError(ContractError, KeyError):
    """The version of the contract has no operation with that id."""

    def __str__(self) -> str:
        """Return the message. A KeyError would quote it."""
        return str(self.args[0])
