"""What the verbs in `scripts/` share: the parts of the house, each made once and reused.

Only the standard library is imported at module level, so that a bare Python can start here.
"""
