"""The live page of a session for people, and its tasks for systems."""
