"""Rubrics from and to the formats of other tools: one module a format, found by content, what is lost always said."""
