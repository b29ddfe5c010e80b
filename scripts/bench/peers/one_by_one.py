"""Call after call: submit one, wait for it with the SDK, then the next."""

from __future__ import annotations

import json
import sys

from scripts.bench.peers.sdk import OK, awaited, is_done, point_at, submitted


def main() -> None:
    """Do every picture of the job on stdin."""
    job = json.load(sys.stdin)
    point_at(job)
    done = refused = 0
    for url in job["urls"]:
        task = submitted(url)
        if task.status_code != OK:
            refused += 1
            continue
        done += is_done(awaited(task))
    print(json.dumps({"done": done, "refused": refused}))


if __name__ == "__main__":
    main()
