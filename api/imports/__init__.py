"""Bringing data of other systems in, repeatable without doubles."""
