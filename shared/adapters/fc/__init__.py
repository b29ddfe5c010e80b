"""Waking other functions: through aliyun-fc2 (API 2016-08-15), or by FC 3.0 (2023-03-30)."""
