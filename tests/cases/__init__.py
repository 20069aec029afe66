"""Worked figures of other products and textbooks, run through the same public rules that the API calls."""
