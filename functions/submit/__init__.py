"""OSS trigger: accepts uploads."""
