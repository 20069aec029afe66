"""Sales documents 销售单据 from quotation to payment: what they are, how they follow each other, what stands against a step.

For: quantities, statuses, availability, incompletion, approvals, copy control, due lists, splits, payment terms and clearing,
each in a file named for it, as plain functions over plain values. Not for: prices (`domain.pricing`), credit, numbering,
storing, locking, rights: whoever calls brings what was read and keeps what comes back. Source: DOMAIN.md §5.
"""
