"""Judge a client: a lead provider's own system, against the obligations that DfE's guidance gives it.

The embedded server plays the DfE service. `session` serves one client and journals its requests; `acts` arrange
situations and events; `rules` are pure functions of the journal, one for each obligation.
"""
