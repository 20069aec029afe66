"""Pricing 定价 by the condition technique 条件技术: from customizing, condition records and a document to its priced rows.

For: which records a document needs (`accesses`), the order of evaluation, stated once (`evaluation`), what may be
stored as customizing (`customizing`) and as a record (`records`), and the smaller rules each in a file of its own. The
one entry is `evaluation.price`, and `net_prices` for price lists. Not for: reading records, numbering, storing, rights:
whoever calls brings the records that `accesses.keys_wanted` asks for and keeps what comes back. Source: DOMAIN.md §3.
"""
