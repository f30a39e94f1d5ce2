"""Mocks of moto and of others, and how long they last."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from kmsmock.doctor.findings import Check, Finding
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Function, Source, Use

OLD = Check(
    "MOCKS-OF-MOTO-4",
    "change",
    "names that moto 5, which kmsmock needs, does not have",
    "ImportError as soon as the file is imported.",
    "{write}",
)
OPEN = Check(
    "MOCKS-LEFT-OPEN",
    "look",
    "a mock is started, and nothing in the file stops it",
    "It stays for all tests that follow: every world from then on shares its data, and one test sees another's keys.",
    "with mock_aws(): ..., or self.addCleanup(mock.stop) right after start()",
)
TWICE = Check(
    "MOCKS-IN-A-ROW",
    "look",
    "a test enters mocks one after the other",
    "moto alone empties its data as the second begins. In a world both share the world's data, so that the second sees "
    "what the first one made.",
    "Give each mock a test of its own, or a world: with kmsmock.World(): ...",
)
WIDE = Check(
    "MOCKS-OF-A-WIDE-SCOPE",
    "look",
    "a mock lasts longer than one test",
    "A world of one test shares the mock's data, keys included, and leaves behind what it made, for the tests that "
    "follow, as with moto alone. What is asked of AWS before the world begins is asked of moto, which refuses nothing.",
    "Nothing for pytest --kmsmock, which begins a world where the fixture begins its mock. Else a world as wide, for "
    "which the fixture asks:\n"
    '@pytest.fixture(scope="{scope}")\n'
    "def world():\n"
    "    with kmsmock.World() as world:\n"
    "        yield world",
)
HOOKED = WIDE._replace(
    code="MOCKS-OUTSIDE-OF-FIXTURES",
    title="a mock begins at import, or in a hook of pytest",
    write="Begin it in a fixture, where pytest --kmsmock begins a world for it:\n"
    '@pytest.fixture(autouse=True, scope="session")\n'
    "def mocked():\n"
    "    with mock_aws():\n"
    "        yield",
)
NARROW = Check(
    "MOCKS-OF-ONE-TEST",
    "works",
    "mock_aws of one test",
    "Inside a world it shares the world's data, and the world enforces. Leave it as it is.",
)
BACKENDS = Check(
    "MOCKS-BACKENDS",
    "look",
    "a look into moto's own records of KMS",
    "In a world keys are kmsmock's: the tables of kms_backends[...] are empty.",
    'Ask as the code under test does: boto3.client("kms").list_keys(), .list_aliases(), .get_key_policy(...)',
)
SERVERS = Check(
    "MOCKS-SERVERS",
    "look",
    "a server stands for AWS",
    "Clients whose endpoint_url is the server's reach it, past the world: nothing is enforced there.",
    '@pytest.mark.kmsmock(custom_endpoints="answer"): the world answers these clients, and the server is not asked.',
)
STUBS = Check(
    "MOCKS-STUBBER",
    "works",
    "botocore's Stubber",
    "A stubbed client answers itself, also in a world, which sees nothing of the call: nothing is enforced there.",
)
RECORDED = Check(
    "MOCKS-RECORDED",
    "works",
    "recorded or made-up HTTP answers",
    "In a world no call of botocore reaches HTTP: cassettes and answers for AWS's hosts are neither played nor "
    "written. Other hosts are answered as ever; so is what requests asks of AWS itself, such as a presigned URL.",
)
CHECKS = (OLD, OPEN, TWICE, HOOKED, WIDE, BACKENDS, SERVERS, NARROW, STUBS, RECORDED)

_MOCK = ("moto.mock_aws", "moto.core.decorator.mock_aws")
_OLD = re.compile(r"moto(\.\w+)?\.mock_(?!aws$)\w+")
_STILL_THERE = frozenset({"moto.xray.mock_xray_client"})
_RENAMED: Mapping[str, str] = {
    "moto.mock_lambda_simple": '@mock_aws(config={"lambda": {"use_docker": False}})',
    "moto.mock_batch_simple": '@mock_aws(config={"batch": {"use_docker": False}})',
    "moto.mock_xray_client": "from moto.xray import mock_xray_client",
    "moto.XRaySegment": "from moto.xray import XRaySegment",
    "moto.core.ACCOUNT_ID": "from moto.core import DEFAULT_ACCOUNT_ID",
    "moto.core.models.ACCOUNT_ID": "from moto.core import DEFAULT_ACCOUNT_ID",
    "moto.core.get_account_id": "from moto.core import DEFAULT_ACCOUNT_ID",
}
_ONE_FOR_ALL = "from moto import mock_aws; one @mock_aws in place of all @mock_<service>"
_SERVERS = re.compile(r"moto\.(server|moto_server\.threaded_moto_server)\.ThreadedMotoServer|.*\bLocalStackContainer")
_STUBBER = "botocore.stub.Stubber"
_RECORDERS = re.compile(
    r"(vcr|responses|requests_mock|httpretty|pook|betamax)\.|pytest\.mark\.(vcr|default_cassette|block_network)"
)
SETUPS: Mapping[str, str] = {
    "setUpClass": "class",
    "setup_class": "class",
    "setUpModule": "module",
    "setup_module": "module",
    "pytest_configure": "import",
    "pytest_sessionstart": "import",
}
"""Functions that prepare more than one test, and for how much."""


def find(project: Project) -> Iterator[Finding]:
    """Mocks, servers, stubs and recorders."""
    yield from (Finding(SERVERS, image, place) for image, place in project.images)
    for source in project.sources:
        yield from _imports(source)
        mocks = [use for use in source.uses if use.name in _MOCK and use.how != "value"]
        mocks += [use for use in source.uses if use.last == "start" and source.maker(use) in _MOCK]
        yield from _scopes(source, mocks)
        yield from _in_a_row(source, mocks)
        yield from _others(source)


def scope_of(use: Use) -> str:
    """How long what is entered here lasts: the scope of a fixture, or ``import`` for all that follows, without one."""
    if use.how == "decorator":
        return scope_of_function(use.on) if isinstance(use.on, Function) else "function"  # of a class: of each test
    if not use.functions:
        return "import"
    return scope_of_function(use.functions[0])


def scope_of_function(function: Function) -> str:
    """For how much a function prepares: the scope of a fixture, or what its name says to unittest and pytest."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("fixture"):
            for each in decorator.keywords:
                if each.arg == "scope" and isinstance(each.value, ast.Constant):
                    return str(each.value.value)
    return SETUPS.get(function.name, "function")


def _imports(source: Source) -> Iterator[Finding]:
    for name, line in source.imports:
        place = source.place(source.tree)._replace(number=line)
        if name in _RENAMED or (_OLD.fullmatch(name) and name not in _STILL_THERE):
            yield Finding(OLD, name.rpartition(".")[2], place, {"write": _RENAMED.get(name, _ONE_FOR_ALL)})
        elif re.match(r"moto\.kms\.(models\.)?(kms_backends|KmsBackend)|moto\.kms\.models$", name):
            yield Finding(BACKENDS, name, place)
    for use in source.uses:
        if isinstance(use.expression, ast.Attribute) and _OLD.fullmatch(use.name) and use.name not in _STILL_THERE:
            yield Finding(OLD, use.last, source.place(use.expression), {"write": _RENAMED.get(use.name, _ONE_FOR_ALL)})


def _scopes(source: Source, mocks: list[Use]) -> Iterator[Finding]:
    stopped = {source.maker(use) for use in source.uses if use.last in ("stop", "__exit__", "enter_context")}
    for use in mocks:
        if use.how == "call" and use.last != "start":
            continue  # made here, and entered where it is started
        scope = scope_of(use)
        place = source.place(use.expression)
        if use.last == "start" and not stopped & set(_MOCK):
            yield Finding(OPEN, f"start() {_where(scope)}", place)
        elif scope == "function":
            yield Finding(NARROW, use.how, place)
        else:
            check = HOOKED if scope == "import" else WIDE
            yield Finding(check, f"mock_aws {_where(scope)}", place, {"scope": scope})


def _where(scope: str) -> str:
    return "at import" if scope == "import" else f"of scope {scope}"


def _in_a_row(source: Source, mocks: list[Use]) -> Iterator[Finding]:
    """Blocks of one test that are not inside of each other."""
    decorated = [use.on for use in mocks if use.how == "decorator"]
    seen: dict[int, Use] = {}
    for use in mocks:
        if use.how != "context" or not use.functions or not use.functions[-1].name.startswith("test"):
            continue
        if use.functions[-1] in decorated:
            continue  # the mock around them keeps the data
        first = seen.setdefault(id(use.functions[-1]), use)
        if use is not first and first.on not in use.around and use.on not in first.around and use.on is not first.on:
            yield Finding(TWICE, use.functions[-1].name, source.place(use.expression))


def _others(source: Source) -> Iterator[Finding]:
    for use in source.uses:
        place = source.place(use.expression)
        if use.call is not None and _SERVERS.fullmatch(use.name):
            yield Finding(SERVERS, use.last, place)
        elif use.call is not None and use.name == _STUBBER:
            yield Finding(STUBS, use.last, place)
        elif use.how != "value" and _RECORDERS.match(use.name):
            yield Finding(RECORDED, use.name.partition(".")[0] if use.name[:6] != "pytest" else use.name, place)
