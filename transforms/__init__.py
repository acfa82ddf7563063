"""数据转换（SQL 与 Python）/ data transforms (SQL and Python)."""
