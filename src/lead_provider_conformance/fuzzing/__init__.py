"""Requests generated from the contract, compiled once and replayed against any target.

The stages, in order: `compiler` makes the cases of a `corpus` and `case_selection` picks those within the budget;
`replay` sends them with the target's `case_records`; `engine` applies the `rules` and the `list_comparison`, shrinks
failures with `shrink_case`, and groups them into `causes`. `stateful` holds sequences of calls.
"""
