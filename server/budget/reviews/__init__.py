"""Approval by levels: of budget requests, purchase orders and invoices, by one engine.

`subjects` says what is reviewed, `deciding` what a set of words comes to (pure), `rules` who has to
approve, `delegations` who may speak for whom, `guards` which words are taken, `settling` what
follows in the merge.
"""
