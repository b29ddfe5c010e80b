"""Waking other functions, through aliyun-fc2."""
