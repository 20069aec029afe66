"""Commands and computed fields, one file a graph: load, decide, apply the rule, save.

Each command is one transaction that leaves everything or nothing behind. Not for: SQL text of business rows, role names,
Casbin.
"""
