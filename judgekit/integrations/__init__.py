"""One file per harness; each imports the harness only when used."""
