"""How far a judge may be trusted: plain functions on arrays, without any model."""
