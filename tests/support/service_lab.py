"""Two accounts, the clients of a caller, and the keys of each case."""

from tests.support.claims import OTHER, OWNER
from tests.support.ec2 import EAST, GHOST, WEST, cmk, kms_of
from tests.support.policies import use
from tests.support.refusals import (
    ADMITTED,
    BY_ALIAS,
    DELETED,
    DISABLED,
    ELSEWHERE,
    FOREIGN,
    HMAC,
    MANAGED,
    MISSING,
    PENDING,
    RIGHT,
    RSA,
)

ALIAS = "alias/app"


class Lab:
    """Two accounts, and the clients of the caller; the root user of mine when nobody else is named."""

    def __init__(self, world, caller=None):
        self.world, self.mine, self.theirs = world, world.account(OWNER), world.account(OTHER)
        self.caller, self._clients, self.parameter_key = caller or self.mine, {}, None

    @property
    def arn(self):
        return self.caller.root.arn if self.caller is self.mine else self.caller.arn

    def client(self, name, region=EAST):
        if (name, region) not in self._clients:
            self._clients[name, region] = self.caller.client(name, region)
        return self._clients[name, region]

    def milliseconds(self):
        return int(self.world.clock.now().timestamp() * 1000)


def key_for(lab, service, account=None, *friends, region=EAST, **options):
    """The ARN of a key of an account, which admits the friends, and the service where that asks for itself."""
    statements = [use({"Service": service.principal})] if service.principal else []
    return cmk(account or lab.mine, *friends, region=region, statements=statements, **options)


def spoiled(lab, key, state):
    """Bring a key into a state, as its owner."""
    kms = kms_of(lab.mine)
    if state == DISABLED:
        kms.disable_key(KeyId=key)
    elif state in {PENDING, DELETED}:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    if state == DELETED:
        lab.world.clock.advance(days=8)
    return key


def restored(lab, key, state):
    """Make a key usable again."""
    kms = kms_of(lab.mine)
    if state == PENDING:
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


def aliased(lab, service, key):
    """A name for the key, in the form that the service takes."""
    kms_of(lab.mine).create_alias(AliasName=ALIAS, TargetKeyId=key)
    return ALIAS if service.alias_as == "name" else f"arn:aws:kms:{EAST}:{OWNER}:{ALIAS}"


HMAC_KEY = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
RSA_KEY = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}


def ask(lab, service, case):
    """What to ask the service for in a case: the name of the key, and its ARN."""
    if case == MANAGED:
        return None, ""
    if case == BY_ALIAS:
        key = key_for(lab, service)
        return aliased(lab, service, key), key
    make = {
        RIGHT: lambda: key_for(lab, service),
        ADMITTED: lambda: key_for(lab, service, lab.theirs, lab.mine),
        FOREIGN: lambda: cmk(lab.theirs),
        MISSING: lambda: f"arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}",
        RSA: lambda: key_for(lab, service, **RSA_KEY),
        HMAC: lambda: key_for(lab, service, **HMAC_KEY),
        ELSEWHERE: lambda: key_for(lab, service, region=WEST),
    }
    key = make[case]() if case in make else spoiled(lab, key_for(lab, service), case)
    return key, key
