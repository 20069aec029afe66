"""The rules of sales and distribution as plain functions over plain values.

For: what holds whatever database, transport or framework is used: the scope algebra, policy lines and what they
allow, the rules of customers and their onboarding, error codes and their texts. Not for: anything that awaits, reads a
clock, the environment or a float. It imports the standard library and itself, nothing else.
"""
