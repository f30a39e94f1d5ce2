"""What must become of each operation on a snapshot or image, by rules that are written from the facts alone."""

from dataclasses import astuple, dataclass
from itertools import product

from tests.support.ec2 import INACCESSIBLE, INVALID, NOT_FOUND

# The caller is of my account. "shared" and the like are of another account, whose keys are "theirs".
RESOURCES = ("own", "shared", "public", "hidden")
KEYS = ("none", "managed", "mine", "theirs")
STATES = ("enabled", "disabled", "pending", "deleted")
CALLERS = ("allowed", "without")  # with all of KMS on every key, or with nothing but EC2
COPIES = ("CopySnapshot", "CopySnapshot across Regions")
USES = ("CreateVolume", *COPIES, "CopyImage", "RunInstances")  # asks for nothing, or for a key of my account
SHARINGS = ("ModifySnapshotAttribute", "ModifyImageAttribute")  # asks for an account, or for all
ASKS = dict.fromkeys(USES, ("nothing", "key")) | dict.fromkeys(SHARINGS, ("account", "all"))


@dataclass(frozen=True)
class Case:
    """One operation on one resource; ``state`` is that of the resource's key, the key asked for is always enabled."""

    operation: str
    resource: str
    key: str
    state: str
    caller: str
    asks: str

    def __str__(self):
        return "-".join(astuple(self)).replace(" ", "_")

    @property
    def group(self):
        """What is the same for the cases that differ in the state of the key and the caller alone."""
        return "-".join([self.operation, self.resource, self.key, self.asks]).replace(" ", "_")


@dataclass(frozen=True)
class Outcome:
    """What was seen, or must be; a detail of None leaves the detail open."""

    what: str
    detail: object = None


def impossible(case):
    """Why there is no such case; None when there is."""
    if case.key == "none" and case.state != "enabled":
        return "no key, no state"
    if case.key == "managed" and case.state != "enabled":
        return "nobody can disable or delete aws/ebs"
    if case.key == "managed" and case.resource == "shared":
        return "what is under aws/ebs cannot be shared"
    if case.key != "none" and case.resource == "public":
        return "what is encrypted cannot be public"
    return None


def cases():
    """Every case that there is."""
    everything = (
        Case(operation, *rest, asks)
        for operation in (*USES, *SHARINGS)
        for *rest, asks in product(RESOURCES, KEYS, STATES, CALLERS, ASKS[operation])
    )
    return [case for case in everything if not impossible(case)]


def refused(code, message=None, status=400):
    return Outcome("refused", (code, status, message))


def expected(case):
    """The outcomes that the facts admit: one, but where they leave a choice."""
    if case.operation in SHARINGS:
        return _sharing(case)
    return _synchronous(case) or _asynchronous(case) or _made(case)


# --- sharing: no KMS call, so neither the state of the key nor the permissions on it matter ------------------------------


def _sharing(case):
    if case.resource != "own":
        return [Outcome("refused")]  # which error a stranger sees is open
    if case.key == "none":
        return [Outcome("shared")]
    return [SHARING[case.operation, case.asks, case.key == "managed"]]


SHARED = Outcome("shared")
PUBLIC_SNAPSHOT = refused("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly.")
PUBLIC_IMAGE = refused(
    "UnsupportedOperation", "Encrypted snapshots can’t be shared publicly. Specify another snapshot."
)
SHARING = {  # by operation, receiver and whether the key is AWS's own
    ("ModifySnapshotAttribute", "account", False): SHARED,
    ("ModifySnapshotAttribute", "account", True): refused(
        "OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared"
    ),
    ("ModifySnapshotAttribute", "all", False): PUBLIC_SNAPSHOT,
    ("ModifySnapshotAttribute", "all", True): PUBLIC_SNAPSHOT,
    ("ModifyImageAttribute", "account", False): SHARED,
    ("ModifyImageAttribute", "account", True): refused(
        "InvalidParameter", "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot."
    ),
    ("ModifyImageAttribute", "all", False): PUBLIC_IMAGE,
    ("ModifyImageAttribute", "all", True): PUBLIC_IMAGE,
}


# --- using ----------------------------------------------------------------------------------------------------------------


def _synchronous(case):
    """What is refused at once: a target key that may not be described, and most of what cannot be seen."""
    if case.operation in COPIES and case.asks == "key" and case.caller == "without":
        return [refused("AuthFailure", "Not authorized to use key {asked} ", 403)]  # with the blank at its end
    if case.resource == "hidden":
        return HIDDEN[case.operation]
    return None


HIDDEN = {
    "CreateVolume": [refused("InvalidSnapshot.NotFound")],
    "CopySnapshot": [Outcome("error", NOT_FOUND)],
    "CopySnapshot across Regions": [Outcome("error", NOT_FOUND)],
    "CopyImage": [Outcome("refused")],  # the facts do not tell with which error
    "RunInstances": [refused("AuthFailure")],
}


def _asynchronous(case):
    """What fails after the answer: a key that the caller may not use, or nobody can."""
    has_customer_key = case.key in {"mine", "theirs"}  # aws/ebs lets everybody of its account in, through EC2
    broken = has_customer_key and case.state != "enabled"
    denied = case.caller == "without" and (has_customer_key or case.asks == "key")
    if not broken and not denied:
        return None
    if case.operation == "RunInstances":
        return [Outcome("terminated", INVALID)]  # whatever is wrong with the key, as since October 2023
    if case.operation == "CopyImage" and case.asks == "key" and denied:
        return [Outcome("failed"), Outcome("refused")]  # the check of the target key may be synchronous
    if case.operation == "CopyImage":
        return [Outcome("failed")]
    return [Outcome("error", INACCESSIBLE) if case.operation in COPIES else Outcome("vanished")]


def _made(case):
    """The key that the result is under: asked, that of the source, the default of my account, or none."""
    if case.asks == "key":
        return [Outcome("made", "asked")]
    if case.key == "none":
        return [Outcome("made", "none")]
    if case.resource != "own" or case.operation in COPIES:
        return [Outcome("made", "default")]
    if case.operation == "CopyImage":  # AMI guide and EBS guide differ
        return [Outcome("made", "default"), Outcome("made", "source")]
    return [Outcome("made", "source")]
