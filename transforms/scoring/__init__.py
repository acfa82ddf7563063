"""Target assessment (目标管理考核): expressions, items, grades. Pure functions over measured values; exact decimals; no I/O."""
