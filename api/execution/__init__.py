"""From document to answer: one mapping from types to tables, read by everything that reads.

For: how a type's fields lie in the database (`mapping`), filters, orders and cursors as SQL, the snapshot an operation
reads in, and the reference resolvers on top of it. Not for: the name of any single business type.
"""
