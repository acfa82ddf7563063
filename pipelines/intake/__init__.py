"""A file becomes typed rows and a receipt: sniff, read, find the header, read the cells, write the ledger."""
