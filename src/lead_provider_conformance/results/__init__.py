"""The journals of a run, and all that is computed from them: verdict, comparison, merge, signature."""
