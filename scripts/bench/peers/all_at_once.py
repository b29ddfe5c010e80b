"""Submit all, two in a second as the provider allows, then wait for each with the SDK."""

from __future__ import annotations

import json
import sys
import time

from scripts.bench.peers.sdk import OK, awaited, is_done, point_at, submitted

APART = 0.55
"""Seconds between two submissions: a little more than half, for the network."""


def main() -> None:
    """Do every picture of the job on stdin; what is refused stays undone."""
    job = json.load(sys.stdin)
    point_at(job)
    tasks = []
    for url in job["urls"]:
        tasks.append(submitted(url))
        time.sleep(APART)
    taken = [task for task in tasks if task.status_code == OK]
    done = sum(is_done(awaited(task)) for task in taken)
    print(json.dumps({"done": done, "refused": len(tasks) - len(taken)}))


if __name__ == "__main__":
    main()
