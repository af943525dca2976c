"""The kinds of the core group (v1), one room each."""
