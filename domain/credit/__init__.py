"""Credit 信用, "the greatest risk in sales": what counts on an account, what it may come to, what is checked.

For: exposure, limits and grants, checks, releases and what accounts tell, as plain functions over plain values. Not for:
prices, documents, storing, locking, rights: whoever calls brings what was read and keeps what comes back. Source: DOMAIN.md §4.
"""
