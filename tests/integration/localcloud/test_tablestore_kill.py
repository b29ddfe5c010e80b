"""What a kill of the local Tablestore leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.plainbuffer import Key
from scripts.localcloud.services.tablestore.ranges import RangeRequest, get_range
from scripts.localcloud.services.tablestore.reading import Selection
from scripts.localcloud.services.tablestore.values import Marker

WRITER = """
    import sys
    from pathlib import Path

    from scripts.localcloud.core.storage import Database
    from scripts.localcloud.services.tablestore import management, writing
    from scripts.localcloud.services.tablestore.models import Instance
    from scripts.localcloud.services.tablestore.plainbuffer import Cell, Row
    from scripts.localcloud.services.tablestore.schema import (
        DefinedColumn, IndexMeta, KeyColumn, Table,
    )

    instance = Instance(Database(Path(sys.argv[1])), lambda: 1e9, lambda: 0.0)
    table = Table(
        number=0,
        name="t",
        primary_key=(KeyColumn(name="n", type=1),),
        defined_columns=(DefinedColumn(name="due", type=1),),
    )
    management.create_table(instance, table, [IndexMeta(name="i", primary_key=("due",))])
    number = 0
    while True:
        row = Row((("n", number),), (Cell("due", number),))
        instance.write_row(writing.Write(table="t", kind=writing.Kind.PUT, row=row))
        print(number, flush=True)
        number += 1
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "tablestore.sqlite3"
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer.stdout as lines:
        answered = [int(next(lines)) for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
        answered += [int(line) for line in lines if line.strip().isdecimal()]
    writer.wait(10)

    def keys(instance: Instance, table: str, *names: str) -> list[Key]:
        page = get_range(
            instance,
            RangeRequest(
                table=table,
                start=tuple((name, Marker.INF_MIN) for name in names),
                end=tuple((name, Marker.INF_MAX) for name in names),
                backward=False,
                limit=None,
                selection=Selection(max_versions=1),
            ),
        )
        return [row.primary_key for row in page.rows]

    database = Database(path)
    instance = Instance(database, lambda: 1e9, lambda: 0.0)
    numbers = [key[0][1] for key in keys(instance, "t", "n")]

    assert numbers[: len(answered)] == answered
    assert len(numbers) <= len(answered) + 1
    assert [key[1][1] for key in keys(instance, "i", "due", "n")] == numbers
    database.close()
