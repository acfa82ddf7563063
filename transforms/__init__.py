"""What is computed: one SELECT per file, one file per table, its columns described in the .yml beside it. No I/O beyond reading these files."""
