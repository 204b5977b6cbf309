"""What can be wrong with the contract's own documents, and with asking for something it does not have."""


class ContractError(Exception):
    """A document of the contract is broken: its text names file, line and what to mend."""


class UnknownOperationError(ContractError, KeyError):
    """There is no operation of that id in this version of the contract."""

    def __str__(self) -> str:
        """The sentence itself; a KeyError would quote it."""
        return str(self.args[0])
