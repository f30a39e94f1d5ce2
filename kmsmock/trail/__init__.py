"""What happened: each call and service event as a CloudTrail record, without plaintext or ciphertext.

``recording`` remembers what a record will need, ``records`` writes it out when somebody looks.
"""

from kmsmock.trail.changes import changes
from kmsmock.trail.events import Events
from kmsmock.trail.recording import LastUse, record, service_event
from kmsmock.trail.records import events, written

__all__ = ["Events", "LastUse", "changes", "events", "record", "service_event", "written"]
