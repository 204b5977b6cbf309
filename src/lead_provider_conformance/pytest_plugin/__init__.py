"""The pytest plugin: options, collection, fixtures, hooks and progress."""
