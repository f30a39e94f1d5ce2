"""Keys as time passes, event by event: nothing is put off until somebody looks. Written from AWS's documentation and
from recordings of AWS, for symmetric keys in several Regions; shares nothing with what it is compared to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOME = "us-east-1"
PENDING = ("PendingDeletion", "PendingReplicaDeletion")
WORDS = {
    "Disabled": ("DisabledException", "disabled"),
    "PendingDeletion": ("KMSInvalidStateException", "pending deletion"),
    "PendingReplicaDeletion": ("KMSInvalidStateException", "pending replica deletion"),
    "PendingImport": ("KMSInvalidStateException", "pending import"),
}
USE = ("Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport")
"""The states in which a key cannot be used, replicated, or have its rotation changed."""
SWITCH = ("PendingDeletion", "PendingReplicaDeletion", "PendingImport")
"""Those in which it cannot be enabled or disabled."""

SIMULATED = {
    "replicate_key": "replicate",
    "enable_key_rotation": "enable_rotation",
    "disable_key_rotation": "disable_rotation",
    "rotate_key_on_demand": "rotate",
    "disable_key": "disable",
    "enable_key": "enable",
    "schedule_key_deletion": "schedule",
    "cancel_key_deletion": "cancel",
    "import_key_material": "import_material",
    "delete_imported_key_material": "delete_material",
    "encrypt": "use",
}
"""The method that stands for a call."""


class Refused(Exception):
    """AWS refuses: code and text."""

    def __init__(self, code, text):
        super().__init__(code, text)
        self.code, self.text = code, text


@dataclass
class Copy:
    """The key in one Region."""

    arn: str
    state: str
    imported: bool = False
    valid_to: datetime | None = None
    window: int | None = None
    deletion: datetime | None = None

    def check(self, states):
        if self.state in states:
            code, word = WORDS[self.state]
            raise Refused(code, f"{self.arn} is {word}.")

    def lose(self):
        self.imported, self.valid_to = False, None
        if self.state not in PENDING:
            self.state = "PendingImport"


@dataclass
class Family:
    """A key in all its Regions; HOME has the primary."""

    arn: str
    external: bool
    multi: bool
    copies: dict = field(default_factory=dict)
    materials: list = field(default_factory=list)
    """Per material, how it came: None for the first, else date and kind of the rotation."""
    period: int | None = None
    due: datetime | None = None
    demands: int = 0

    def arn_in(self, region):
        return self.arn.replace(f":{HOME}:", f":{region}:")

    def copy(self, region):
        if region not in self.copies:
            raise Refused("NotFoundException", f"Key '{self.arn_in(region)}' does not exist")
        return self.copies[region]


class Eager:
    def __init__(self, now):
        self.now = now
        self.acts = []
        """What AWS did by itself: instant, event name, ARN."""
        self.families = []

    # --- time -------------------------------------------------------------------------------------------------------

    def pass_time(self, delta):
        end = self.now + delta
        while True:
            due = min(self._coming(), key=lambda item: item[0], default=None)
            if due is None or due[0] > end:
                break
            self.now = due[0]
            due[1](*due[2:])
        self.now = end

    def comes_next(self):
        """The instant of what happens next by itself; None if nothing does."""
        return min((when for when, *_ in self._coming()), default=None)

    def _coming(self):
        for family in self.families:
            primary = family.copies.get(HOME)
            if primary is not None and primary.state == "Enabled" and family.due is not None:
                yield family.due, self._rotate_by_itself, family
            for region, copy in family.copies.items():
                if copy.valid_to is not None:
                    yield copy.valid_to, self._expire, copy
                if copy.deletion is not None:
                    yield copy.deletion, self._delete, family, region

    def _rotate_by_itself(self, family):
        self._add_material(family, "AUTOMATIC")
        family.due = self.now + timedelta(days=family.period)

    def _add_material(self, family, kind):
        family.materials.append((self.now, kind))
        self.acts += [(self.now, "RotateKey", copy.arn) for copy in family.copies.values()]

    def _expire(self, copy):
        copy.lose()
        self.acts.append((self.now, "DeleteExpiredKeyMaterial", copy.arn))

    def _delete(self, family, region):
        self.acts.append((self.now, "DeleteKey", family.copies.pop(region).arn))
        primary = family.copies.get(HOME)
        if len(family.copies) == 1 and primary is not None and primary.state == "PendingReplicaDeletion":
            self._start_window(primary)

    def _start_window(self, copy):
        copy.state = "PendingDeletion"
        copy.deletion = self.now + timedelta(days=copy.window)

    # --- calls ------------------------------------------------------------------------------------------------------

    def create(self, arn, *, external, multi):
        family = Family(arn, external, multi)
        family.copies[HOME] = Copy(arn, "PendingImport" if external else "Enabled")
        if not external:
            family.materials.append(None)
        self.families.append(family)
        return family

    def replicate(self, family, region):
        family.copy(HOME).check(USE)
        if region in family.copies:
            raise Refused(
                "AlreadyExistsException", "You can create only one replica of each primary key in each AWS Region."
            )
        family.copies[region] = Copy(family.arn_in(region), "PendingImport" if family.external else "Enabled")

    def enable_rotation(self, family, period):
        family.copy(HOME).check(USE)
        if family.period is None or period not in (None, family.period):
            family.period = period or 365
            family.due = self.now + timedelta(days=family.period)

    def disable_rotation(self, family):
        family.copy(HOME).check(USE)
        family.period = family.due = None

    def rotate(self, family):
        primary = family.copy(HOME)
        primary.check(USE)
        if family.demands == 25:
            text = (
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can "
                f"be performed for this key: {primary.arn}"
            )
            raise Refused("LimitExceededException", text)
        family.demands += 1
        self._add_material(family, "ON_DEMAND")

    def enable(self, family, region):
        copy = family.copy(region)
        copy.check(SWITCH)
        was, copy.state = copy.state, "Enabled"
        if region == HOME and was == "Disabled" and family.due is not None and family.due <= self.now:
            self._rotate_by_itself(family)

    def disable(self, family, region):
        copy = family.copy(region)
        copy.check(SWITCH)
        copy.state = "Disabled"

    def schedule(self, family, region, days):
        copy = family.copy(region)
        copy.check(PENDING)
        copy.window = days
        if region == HOME and len(family.copies) > 1:
            copy.state = "PendingReplicaDeletion"
        else:
            self._start_window(copy)
        return copy

    def cancel(self, family, region):
        copy = family.copy(region)
        if copy.state not in PENDING:
            raise Refused("KMSInvalidStateException", f"{copy.arn} is not pending deletion.")
        copy.state = "PendingImport" if family.external and not copy.imported else "Disabled"
        copy.window = copy.deletion = None

    def import_material(self, family, region, valid_to):
        copy = family.copy(region)
        copy.check(PENDING)
        family.materials = family.materials or [None]
        copy.imported, copy.valid_to, copy.state = True, valid_to, "Enabled"

    def delete_material(self, family, region):
        family.copy(region).lose()

    def use(self, family, region):
        family.copy(region).check(USE)

    def shows_rotation(self, family, region):
        return family.period is not None and family.copy(region).state != "PendingDeletion"
