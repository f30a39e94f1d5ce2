"""THE TABLE: one row for each kind of resource that goes with a key; adding a service is adding a row.

A row walks the records that the model and moto keep. Those that find things through others come after them.
"""

from __future__ import annotations

from kmsmock.radius.rows import databases, holders, storage, values
from kmsmock.radius.rows.look import Row

ROWS: tuple[Row, ...] = (*storage.ROWS, *databases.ROWS, *values.ROWS, *holders.ROWS)
KINDS = frozenset(kind for row in ROWS for kind in row.kinds)
