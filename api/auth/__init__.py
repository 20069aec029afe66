"""Who is asking and what they may: tokens, policy, scopes, Casbin. The only importer of casbin.

For: turning a token into a caller, and a policy version with a user's assignments into scopes, SQL predicates and
decisions. Not for: rules of the trade.
"""
