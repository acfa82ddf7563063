"""The road as Dagster assets, one module per stop. Nothing imports these but the definitions and the command line."""
