"""Custom key stores ("Key stores" in the KMS developer guide): AWS CloudHSM clusters and external key stores.

No cluster and no proxy exists behind them: what a test does not break by a fault works.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kmsmock import clock, entropy, errors
from kmsmock.call import Call
from kmsmock.identity import service_linked_roles
from kmsmock.kms import room
from kmsmock.kms.errors import lifetime as lifetime_errors
from kmsmock.kms.handlers import paging
from kmsmock.model.key import Key
from kmsmock.model.key_store import CONNECTION_ERRORS, CustomKeyStore
from kmsmock.store import Store

_NEEDED = {
    "AWS_CLOUDHSM": ("CloudHsmClusterId", "KeyStorePassword", "TrustAnchorCertificate"),
    "EXTERNAL_KEY_STORE": (
        "XksProxyConnectivity",
        "XksProxyUriEndpoint",
        "XksProxyUriPath",
        "XksProxyAuthenticationCredential",
    ),
}
_OWN = {
    "AWS_CLOUDHSM": _NEEDED["AWS_CLOUDHSM"],
    "EXTERNAL_KEY_STORE": (
        *_NEEDED["EXTERNAL_KEY_STORE"],
        "XksProxyVpcEndpointServiceName",
        "XksProxyVpcEndpointServiceOwner",
    ),
}
"""The parameters that belong to one kind of store only."""
_IN_VPC = "VPC_ENDPOINT_SERVICE"
_UNIQUE = {
    "CustomKeyStoreName": ("name", "CustomKeyStoreNameInUseException"),
    "CloudHsmClusterId": ("cluster", "CloudHsmClusterInUseException"),
    "XksProxyVpcEndpointServiceName": ("xks_vpc_service", "XksProxyVpcEndpointServiceInUseException"),
}
_PROXY = (
    ("XksProxyConnectivity", "xks_connectivity"),
    ("XksProxyUriEndpoint", "xks_endpoint"),
    ("XksProxyUriPath", "xks_path"),
)
_CONNECTED_UPDATES = {
    "AWS_CLOUDHSM": {"NewCustomKeyStoreName"},
    "EXTERNAL_KEY_STORE": {"NewCustomKeyStoreName", "XksProxyAuthenticationCredential", "XksProxyUriPath"},
}
"""What UpdateCustomKeyStore may change while the store is connected."""


def create(store: Store, call: Call) -> dict[str, Any]:
    """CreateCustomKeyStore. A new store is disconnected."""
    params = call.params
    kind = params.get("CustomKeyStoreType", "AWS_CLOUDHSM")
    foreign = [name for other, names in _OWN.items() if other != kind for name in names if name in params]
    missing = [name for name in _NEEDED[kind] if name not in params]
    if params.get("XksProxyConnectivity") == _IN_VPC and "XksProxyVpcEndpointServiceName" not in params:
        missing.append("XksProxyVpcEndpointServiceName")
    if foreign:
        raise lifetime_errors.key_store_parameter(f"{foreign[0]} is not valid for a custom key store of type {kind}.")
    if missing:
        raise lifetime_errors.key_store_parameter(f"{missing[0]} is required for a custom key store of type {kind}.")
    others = [each for each in store.key_stores.values() if (each.account, each.region) == (call.account, call.region)]
    room.for_one_more(store, call, "custom key stores", len(others), lifetime_errors.key_store_quota)
    _check_unique(others, params)
    created = CustomKeyStore(
        id=entropy.resource_id("cks"),
        name=params["CustomKeyStoreName"],
        account=call.account,
        region=call.region,
        created=clock.now(),
        kind=kind,
        cluster=params.get("CloudHsmClusterId"),
        trust_anchor=params.get("TrustAnchorCertificate"),
    )
    _configure(created, params)
    store.key_stores[created.id] = created
    if kind == "AWS_CLOUDHSM":
        service_linked_roles.find_or_make(call.account, call.partition, "cks.kms.amazonaws.com")
    return {"CustomKeyStoreId": created.id}


def _check_unique(others: list[CustomKeyStore], params: dict[str, Any]) -> None:
    for name, (attribute, code) in _UNIQUE.items():
        if name in params and any(getattr(each, attribute) == params[name] for each in others):
            raise lifetime_errors.key_store_in_use(code, f"{name} {params[name]}")
    endpoint = params.get("XksProxyUriEndpoint")
    for each in others:
        if endpoint is not None and each.xks_endpoint == endpoint:
            if each.xks_path == params["XksProxyUriPath"]:
                raise lifetime_errors.key_store_in_use("XksProxyUriInUseException", f"Proxy URI {endpoint}")
            if each.xks_connectivity != params["XksProxyConnectivity"]:
                raise lifetime_errors.key_store_in_use("XksProxyUriEndpointInUseException", f"Endpoint {endpoint}")


def _configure(changed: CustomKeyStore, params: dict[str, Any]) -> None:
    for name, attribute in (*_PROXY, ("XksProxyVpcEndpointServiceName", "xks_vpc_service")):
        if name in params:
            setattr(changed, attribute, params[name])
    if "XksProxyAuthenticationCredential" in params:
        changed.xks_access_key = params["XksProxyAuthenticationCredential"]["AccessKeyId"]
    if changed.xks_connectivity != _IN_VPC:
        changed.xks_vpc_service = changed.xks_vpc_owner = None
    else:
        changed.xks_vpc_owner = params.get("XksProxyVpcEndpointServiceOwner", changed.xks_vpc_owner or changed.account)


def describe(store: Store, call: Call) -> dict[str, Any]:
    """DescribeCustomKeyStores: all of the account and Region, or the one of an id or a name."""
    params = call.params
    if "CustomKeyStoreId" in params and "CustomKeyStoreName" in params:
        raise lifetime_errors.key_store_parameter("Give CustomKeyStoreId or CustomKeyStoreName, not both.")
    own = [each for each in store.key_stores.values() if (each.account, each.region) == (call.account, call.region)]
    for name, attribute in (("CustomKeyStoreId", "id"), ("CustomKeyStoreName", "name")):
        if name in params:
            own = [each for each in own if getattr(each, attribute) == params[name]]
            if not own:
                raise lifetime_errors.key_store_not_found(params[name])
    own.sort(key=lambda each: each.id)
    return paging.page("CustomKeyStores", own, call, 100, mark=lambda each: each.id, show=_entry)


def _entry(shown: CustomKeyStore) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "CustomKeyStoreId": shown.id,
        "CustomKeyStoreName": shown.name,
        "ConnectionState": shown.state,
        "CreationDate": shown.created,
        "CustomKeyStoreType": shown.kind,
    }
    if shown.state == "FAILED":
        entry["ConnectionErrorCode"] = shown.error
    if not shown.external:
        return {**entry, "CloudHsmClusterId": shown.cluster, "TrustAnchorCertificate": shown.trust_anchor}
    proxy = {
        "Connectivity": shown.xks_connectivity,
        "AccessKeyId": shown.xks_access_key,
        "UriEndpoint": shown.xks_endpoint,
        "UriPath": shown.xks_path,
        "VpcEndpointServiceName": shown.xks_vpc_service,
        "VpcEndpointServiceOwner": shown.xks_vpc_owner,
    }
    entry["XksProxyConfiguration"] = {name: value for name, value in proxy.items() if value is not None}
    return entry


def find(store: Store, call: Call) -> CustomKeyStore:
    """The store that a call names. Raises CustomKeyStoreNotFoundException."""
    store_id = call.params["CustomKeyStoreId"]
    found = store.key_stores.get(store_id)
    if found is None or (found.account, found.region) != (call.account, call.region):
        raise lifetime_errors.key_store_not_found(store_id)
    return found


def connect(store: Store, call: Call) -> dict[str, Any]:
    """ConnectCustomKeyStore: CONNECTING until the next call, then CONNECTED, or FAILED by the injected fault."""
    found = find(store, call)
    if found.state in ("DISCONNECTING", "FAILED"):
        raise lifetime_errors.key_store_state(found.id, found.state)
    if found.state == "DISCONNECTED":
        found.state = "CONNECTING"
        found.due = store.schedule_after(clock.now(), call.operation, "key store connected", found.id)
    return {}


def disconnect(store: Store, call: Call) -> dict[str, Any]:
    """DisconnectCustomKeyStore: its keys are unavailable from now on."""
    found = find(store, call)
    if found.state in ("DISCONNECTING", "DISCONNECTED"):
        raise lifetime_errors.key_store_state(found.id, found.state)
    found.state, found.error = "DISCONNECTING", None
    for key in keys_in(store, found.id):
        if key.state in ("Enabled", "Disabled"):
            key.resumes, key.state = key.state, "Unavailable"
    found.due = store.schedule_after(clock.now(), call.operation, "key store disconnected", found.id)
    return {}


def update(store: Store, call: Call) -> dict[str, Any]:
    """UpdateCustomKeyStore, of a disconnected store; of a connected one only what needs no other connection."""
    found, params = find(store, call), call.params
    changes = params.keys() - {"CustomKeyStoreId"}
    if found.state != "DISCONNECTED" and not (found.state == "CONNECTED" and changes <= _CONNECTED_UPDATES[found.kind]):
        raise lifetime_errors.key_store_state(found.id, found.state)
    foreign = changes & {name for kind, names in _OWN.items() if kind != found.kind for name in names}
    connectivity = params.get("XksProxyConnectivity", found.xks_connectivity)
    if connectivity == _IN_VPC and not (found.xks_vpc_service or "XksProxyVpcEndpointServiceName" in params):
        raise lifetime_errors.key_store_parameter(f"XksProxyVpcEndpointServiceName is required for {_IN_VPC}.")
    if foreign:
        raise lifetime_errors.key_store_parameter(
            f"{min(foreign)} is not valid for a custom key store of type {found.kind}."
        )
    if params.get("CloudHsmClusterId", found.cluster) != found.cluster:
        # AWS accepts clusters that share a backup with the first one; which do is not modelled.
        raise errors.AwsError(
            "CloudHsmClusterNotRelatedException", f"Cluster {params['CloudHsmClusterId']} is not related."
        )
    others = [
        each
        for each in store.key_stores.values()
        if each is not found and (each.account, each.region) == (found.account, found.region)
    ]
    renamed = {"CustomKeyStoreName": params["NewCustomKeyStoreName"]} if "NewCustomKeyStoreName" in params else {}
    proxy = {name: getattr(found, attribute) for name, attribute in _PROXY if found.external}
    _check_unique(others, {**proxy, **params, **renamed})
    found.name = params.get("NewCustomKeyStoreName", found.name)
    _configure(found, params)
    return {}


def delete(store: Store, call: Call) -> dict[str, Any]:
    """DeleteCustomKeyStore, of a disconnected store without keys, pending deletion or not."""
    found = find(store, call)
    if found.state != "DISCONNECTED":
        raise lifetime_errors.key_store_state(found.id, found.state)
    if keys_in(store, found.id):
        raise lifetime_errors.key_store_has_keys(found.id)
    del store.key_stores[found.id]
    return {}


def keys_in(store: Store, store_id: str) -> list[Key]:
    """The KMS keys of a custom key store."""
    return [key for key in store.keys.values() if key.key_store == store_id]


# --- what happens by itself -----------------------------------------------------------------------------------------


def connected(store: Store, when: datetime, store_id: str) -> None:
    """The end of an attempt to connect: keys come back to the state that they had."""
    found = store.key_stores.get(store_id)
    if found is None or found.state != "CONNECTING" or found.due != when:
        return
    if found.fault is not None:
        found.state, found.error = "FAILED", found.fault
        return
    found.state = "CONNECTED"
    for key in keys_in(store, store_id):
        if key.state == "Unavailable":
            key.state = key.resumes


def disconnected(store: Store, when: datetime, store_id: str) -> None:
    """The end of disconnecting."""
    found = store.key_stores.get(store_id)
    if found is not None and found.state == "DISCONNECTING" and found.due == when:
        found.state = "DISCONNECTED"


def break_down(store: Store, store_id: str, code: str | None) -> None:
    """Break what is behind a key store, or repair it with None. Raises ValueError for what does not exist."""
    if store_id not in store.key_stores:
        raise ValueError(f"there is no custom key store {store_id!r} in this world")
    if code is not None and code not in CONNECTION_ERRORS:
        meant = errors.did_you_mean(code, CONNECTION_ERRORS, "")
        raise ValueError(f"code={code!r}: give None or one of {', '.join(CONNECTION_ERRORS)}; {meant}".rstrip("; "))
    store.key_stores[store_id].fault = code
