"""The Lead Provider API from a provider's side: one method for each operation, and the records that it returns."""
