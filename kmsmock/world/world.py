"""The world: the context manager that users enter, with its accounts, its clock and its records."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kmsmock import active, entropy
from kmsmock.accounts import Account, Principal
from kmsmock.authorization.condition_keys.settable import during
from kmsmock.clock import Clock
from kmsmock.door import environment
from kmsmock.door.unwinding import Unwinding
from kmsmock.errors import KmsMockError
from kmsmock.faults import Fault, asked_for, lasting
from kmsmock.identity import acting
from kmsmock.identity.credentials import Identities
from kmsmock.loading.report import Loaded
from kmsmock.model.turns import taking_turns
from kmsmock.options import DEFAULT_ACCOUNT, DEFAULT_REGION, WorldOptions, checked_account
from kmsmock.quotas import Quotas, Resources, checked
from kmsmock.radius import views
from kmsmock.store import Store
from kmsmock.telling import colours, entered
from kmsmock.wire import models, regions
from kmsmock.world import asking, decorating, issuing, loading, looking, serving, snapshots

if TYPE_CHECKING:
    from kmsmock.iam import Decisions
    from kmsmock.loading.things import Read
    from kmsmock.options import CustomEndpoints, Enforce, EnforceIam
    from kmsmock.refusals import Needed, Refusals
    from kmsmock.trail import Events


class World:
    """An in-memory AWS of many accounts and Regions that enforces KMS. ``with kmsmock.World() as world:``

    The options are those of ``kmsmock.options.WorldOptions``, which says what each means; ValueError or TypeError for
    anything else. Worlds nest: the innermost one answers, each sees only its own data, and leaving one brings the outer
    one back. ``from_snapshot`` is a snapshot of a world that is over: this one begins as that was then, with its
    options and principals, at the cost of putting it back.
    """

    def __init__(
        self,
        account_id: str | None = None,
        region_name: str | None = None,
        enforce: Enforce = "strict",
        enforce_services: Sequence[str] = (),
        enforce_iam: EnforceIam = "model",
        quotas: bool | Mapping[str, float] = False,
        delays: bool | Mapping[str, timedelta] = False,
        service_caches: bool = False,
        extra_regions: Sequence[str] = (),
        custom_endpoints: CustomEndpoints = "pass",
        enforce_network: bool = True,
        seed: str | int | None = None,
        from_snapshot: snapshots.Snapshot | None = None,
    ) -> None:
        self._start_from = from_snapshot
        if from_snapshot is not None:
            given = (account_id, region_name, enforce, enforce_services, enforce_iam, quotas, delays, service_caches)
            rest = (extra_regions, custom_endpoints, enforce_network, seed)
            snapshots.adopt(self, from_snapshot, (*given, *rest))
            return
        options = self.options = WorldOptions(
            account_id=account_id,
            region_name=region_name,
            enforce=enforce,
            enforce_services=enforce_services,
            enforce_iam=enforce_iam,
            quotas=quotas,
            delays=delays,
            service_caches=service_caches,
            extra_regions=extra_regions,
            custom_endpoints=custom_endpoints,
            enforce_network=enforce_network,
            seed=seed,
        )
        regions.check_extra(extra_regions)
        if region_name is not None:
            regions.check("region_name", region_name, extra_regions)
        self.account_id = checked_account(account_id or os.environ.get("MOTO_ACCOUNT_ID") or DEFAULT_ACCOUNT)
        found = None if region_name is not None else environment.configured_region()
        self.region_name = region_name or found or DEFAULT_REGION
        self._region_of_environment = None if found is not None else self.region_name
        credentials: dict[str, Any] = {}
        self.identities = Identities(self.account_id, credentials, regions.partition_by_name(self.region_name))
        self.store = Store(
            self.identities,
            self.account_id,
            self.region_name,
            **options.of_state,
            enforce_services=models.ids_of("enforce_services", enforce_services),
            delays=options.times,
            credentials=credentials,
            extra_regions=frozenset(extra_regions),
        )
        if quotas is not False:
            self.quotas(quotas)
        self.clock: Clock = self.store.clock
        self._accounts: dict[str, Account] = {}
        self._snapshots: list[snapshots.Snapshot] = []
        self.loaded = Loaded()
        """What was loaded from files: taken, ignored and why, and which values are not known."""
        self._to_load: list[Read] = []
        self._undo = Unwinding()

    def __enter__(self) -> World:
        try:
            return self.start()
        except BaseException:  # a timeout, or Ctrl-C: `with` does not leave what it has not entered
            self._unwind()
            raise

    def __exit__(self, *error: object) -> None:
        try:
            self.stop()
        finally:
            self._unwind()  # nothing is left to do, but after a timeout or Ctrl-C

    def start(self) -> World:
        """Become the active world; ``with`` does this. A world can be entered once. Returns it.

        Raises KmsMockError where another thread or task has a world that is active. Whatever fails, or strikes from
        outside: either the world has begun, or all is as it was.
        """
        with active.changing.held:
            return self._begin()

    def _begin(self) -> World:
        from kmsmock.door import session

        if self._start_from is not None and self.identities.origin.state == "over":
            self.identities.origin.state = "waiting"
        if self.identities.origin.state != "waiting":
            raise KmsMockError("this world has been entered already; make a new World() for a fresh one")
        active.check()
        seed = entropy.seed_of_test() if self.options.seed is None else str(self.options.seed)
        try:
            self.identities.origin.state, self.store.unwind = "active", self._end
            session.enter(self.store, self._region_of_environment, seed, self._undo)
            self.identities.shares_mock = self.store.shares_mock
            entered.begun(self.store, self._undo.add)
            if self._start_from is not None:
                self._start_from.begin()
            loading.begin(self)
            return self
        except BaseException:
            self._unwind()
            raise

    def stop(self) -> None:
        """End the world: its data is gone, and botocore, moto, the environment and time are as they were before.

        Worlds that were entered inside of it and are still active end with it, and KmsMockError says so. An error on
        the way out is raised once everything else has been put back.
        """
        with active.changing.held:
            state = self.identities.origin.state
            if state != "active":
                why = "it was left before, or with the world outside of it" if state == "over" else "it was not entered"
                raise KmsMockError(f"this world is not active: {why}")
            inner = active.inside(self.store)
            self._unwind()
        if inner:
            raise KmsMockError(
                "a world was left while another, entered inside it, was active: both are over now; leave it first, as "
                "`with` does"
            )

    def _unwind(self) -> None:
        """Put everything back, the worlds inside of this one first; what was interrupted goes on where it was."""
        if self.identities.origin.state != "waiting":
            with active.changing.held:
                inner = [each.unwind for each in reversed(active.inside(self.store)) if each.unwind is not None]
                Unwinding(self._end, *inner).close()

    def _end(self) -> None:
        self.identities.origin.state = "over"
        self._undo.close()

    @taking_turns
    def act_as(self, principal: Principal | None) -> None:
        """Make a principal the ambient caller until the world ends, for all threads; None ends that.

        For whole tests, where ``with principal.acting():`` is for a block, which goes before it. Raises TypeError for
        what is no principal, and KmsMockError for one of another world.
        """
        if principal is not None and not isinstance(principal, Principal):
            raise TypeError(
                "act_as() takes a principal of this world, such as "
                f"world.account('111111111111').role('app'), or None, not {principal!r}"
            )
        if principal is not None:
            principal.must_be_of_the_active_world()
        acting.show(self.store, None if principal is None else principal.credentials)

    @taking_turns
    def account(self, account_id: str) -> Account:
        """An account by its twelve digits; it exists as soon as it is named."""
        checked = checked_account(account_id)
        if checked not in self._accounts:
            self._accounts[checked] = Account(self.store, checked)
        return self._accounts[checked]

    @taking_turns
    def quotas(self, limits: bool | Mapping[str, float] = True) -> None:
        """Enforce KMS's request quotas from now on, in world time, with the Region's defaults.

        ``limits`` sets some of them, in requests per second: an operation (``{"CreateKey": 1}``), or what operations on
        one kind of key share: ``"symmetric"``, ``"RSA"``, ``"ECC"``, ``"ML_DSA"``, ``"custom key store"``. False
        switches them off. Quotas of resources always hold, and can be set as well: ``{"keys": 10}``; those alone switch
        no others on. Raises ValueError for a quota that does not exist, TypeError for a rate or number that is none.
        """
        rates, counts = ({}, {}) if isinstance(limits, bool) else checked(limits)
        only_resources = bool(counts) and not rates
        self.store.quotas = None if limits is False or only_resources else Quotas(limits=rates)
        self.store.records(Resources).limits = counts

    @taking_turns
    def fault(
        self, service: str, operation: str, error: str, *, times: int | None = None, message: str | None = None
    ) -> AbstractContextManager[Fault]:
        """Make calls fail: ``with world.fault("kms", "Decrypt", error="ThrottlingException", times=2):``.

        ``service`` is botocore's id (``"kms"``, ``"secrets-manager"``), ``operation`` its name for the operation, or
        ``"*"``; ``error`` the code. Without ``times`` every such call in the block fails. Calls that services make for
        the caller are hit too. Raises ValueError for a service, an operation or a code that botocore does not know.
        """
        return lasting(self.store.faults, lambda: asked_for(service, operation, error, message, times))

    def request_context(self, **keys: str | Sequence[str]) -> AbstractContextManager[None]:
        """Set global condition keys for all requests of the block: ``request_context(**{"aws:SourceIp": "10.0.0.1"})``.

        A session's own keys go before them. Raises ValueError for a key that kmsmock computes from the call.
        """
        return during(self.store, keys)

    def permissions(self) -> AbstractContextManager[Needed]:
        """What a flow needs: ``with world.permissions() as needed: flow()``, then ``print(needed)``; all is allowed."""
        from kmsmock.refusals import needed

        return needed.watching(self.store)

    @taking_turns
    def key_store_fault(self, store_id: str, code: str | None) -> None:
        """Break what is behind a custom key store, or repair it with None.

        ``code`` is a ConnectionErrorCode ("CustomKeyStoresListEntry" in the KMS API reference): with it, connecting
        ends as FAILED, and keys of a connected store answer KMSInvalidStateException. Raises ValueError for a store or
        code that does not exist.
        """
        from kmsmock.kms.handlers import key_stores

        key_stores.break_down(self.store, store_id, code)

    @property
    @taking_turns
    def decisions(self) -> Decisions:
        """Every authorization decision of this world, newest last; ``.where(action="kms:Decrypt")``, ``.denied``."""
        return self.store.decisions

    @property
    @taking_turns
    def events(self) -> Events:
        """The audit trail as CloudTrail records, newest last; ``.where(name="Decrypt", principal=role)`` selects."""
        from kmsmock.kms import lifecycle

        return lifecycle.settled(self.store, self.clock.now())

    @property
    @taking_turns
    def refusals(self) -> Refusals:
        """What was refused, newest last, and why: ``print(world.refusals[-1])``, ``.where(...)``, ``.by("cause")``."""
        from kmsmock import refusals

        return refusals.of(self.store)

    @taking_turns
    def __repr__(self) -> str:
        told = ", ".join(f"{len(getattr(self.store, name))} {name}" for name in ("keys", "events", "refusals"))
        return f"<World {self.account_id} in {self.region_name}, {self.identities.origin.state}: {told}>"

    depends_on, who_can = views.depends_on, views.who_can
    policy_coverage, least_privilege = views.policy_coverage, views.least_privilege
    access, access_diff = asking.access, asking.access_diff
    at_rest, bill, timeline, lint = looking.at_rest, looking.bill, looking.timeline, looking.lint
    __call__ = decorating.decorated
    snapshot, load, endpoint = snapshots.snapshot, loading.load, serving.endpoint
    identity_provider, saml_provider = issuing.identity_provider, issuing.saml_provider
    _repr_html_ = colours.html_of_repr
