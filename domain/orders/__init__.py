"""Documents 单据 from order to payment: the rules by which they follow each other, over plain values.

For: statuses of documents (`statuses`), availability of materials (`availability`), splitting what is due into billing
documents (`billing`), terms of payment and instalments (`payment_terms`), cash discount (`cash_discount`) and clearing
(`clearing`). Not for: prices (`domain.pricing`), storing, numbering, rights. Source: DOMAIN.md §5.
"""
