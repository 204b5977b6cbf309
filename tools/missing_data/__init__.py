"""Run the suite against sandboxes that lack data, to prove that no requirement fails for want of it."""
