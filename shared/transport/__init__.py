"""The one home of httpx: client factory, deadlines, error table."""
