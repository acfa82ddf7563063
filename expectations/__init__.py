"""数据质量期望 / data quality expectations."""
