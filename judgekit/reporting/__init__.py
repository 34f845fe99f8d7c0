"""Runs as people read them: tables in a terminal, one page of HTML."""
