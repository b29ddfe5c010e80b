"""OSS on loopback: objects on disk, rows in SQLite, checked signatures, announced creations."""
