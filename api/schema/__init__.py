"""The GraphQL schema: types, inputs and operations with their descriptions, one file a graph.

For: names, descriptions, fields and where they lie. Not for: loading or deciding.
"""
