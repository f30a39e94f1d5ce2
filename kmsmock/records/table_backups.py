"""moto's backups of tables: the one that DynamoDB makes by itself when it archives a table."""

from __future__ import annotations

from datetime import datetime

from kmsmock.records import backends
from kmsmock.records.contract import MOTO


def archive(account: str, region: str, name: str, when: datetime) -> str:
    """The ARN of a backup of a table as it was when it was archived; nobody could write to it since."""
    backend = backends.made("dynamodb", account, region)
    backup = MOTO.get("moto.dynamodb.models.table:Backup")(account, region, name, backend.get_table(name))
    backup.creation_date_time = when.replace(tzinfo=None)
    backup.identifier = backup._make_identifier()
    backend.backups[backup.arn] = backup
    return str(backup.arn)
