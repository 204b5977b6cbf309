"""The commands of lead-provider-conformance."""
