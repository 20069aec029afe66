"""The GraphQL API: edge, schema, resolvers, execution, authorization. Imports point down that list only."""
