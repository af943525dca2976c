"""The cluster's certificates: made once, kept, renewed, never replaced when something is wrong with them."""

import datetime
import ipaddress
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubernel.api import pki as pki_module
from kubernel.api.pki import KeyPair, Pki
from kubernel.errors import ConfigurationError


@pytest.fixture
def fresh(tmp_path: Path) -> Pki:
    return Pki(tmp_path / "pki")


def parsed(pair: KeyPair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate)


def common_name(name: x509.Name) -> object:
    return name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_everything_is_made_at_first_start_and_kept(fresh: Pki) -> None:
    def everything() -> list[KeyPair]:
        return [fresh.ca(), fresh.server(("10.0.0.1",)), fresh.admin(), fresh.kubelet_client(), fresh.node("n1", ("127.0.0.1",))]

    assert everything() == everything()


def test_only_the_owner_can_read_keys(fresh: Pki) -> None:
    fresh.admin()
    for path in fresh.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(fresh.directory.stat().st_mode) == 0o700


def test_the_server_certificate_names_what_clients_call_it(fresh: Pki) -> None:
    certificate = parsed(fresh.server(("127.96.0.1", "my.host")))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "my.host",
    ]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(a) for a in ("127.0.0.1", "127.96.0.1")]
    assert common_name(certificate.issuer) == "kubernetes"


def test_the_administrator_is_a_master(fresh: Pki) -> None:
    certificate = parsed(fresh.admin())
    assert common_name(certificate.subject) == "kubernetes-admin"
    groups = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert [group.value for group in groups] == ["system:masters"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_certificate_is_made_anew_for_a_new_name(fresh: Pki) -> None:
    old = fresh.server(("10.0.0.1",))
    new = fresh.server(("10.0.0.1", "10.0.0.2"))
    assert new != old
    assert fresh.server(("10.0.0.2",)) == new


def test_a_certificate_is_renewed_before_it_expires(fresh: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    ca, old = fresh.ca(), fresh.admin()
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=340)
    monkeypatch.setattr(pki_module, "_now", lambda: later)
    new = fresh.admin()
    assert new != old
    assert fresh.ca() == ca


def test_an_expired_ca_is_for_the_user_to_decide(fresh: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.ca()
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=4000)
    monkeypatch.setattr(pki_module, "_now", lambda: later)
    with pytest.raises(ConfigurationError, match=r"CA .*ca\.crt has expired"):
        fresh.admin()


def test_several_at_once_make_one_ca(fresh: Pki) -> None:
    with ThreadPoolExecutor(8) as pool:
        certificates = {pair.certificate for pair in pool.map(lambda _: Pki(fresh.directory).ca(), range(16))}
    assert len(certificates) == 1


@pytest.mark.parametrize("name", ["ca.crt", "ca.key", "admin.crt", "admin.key"])
def test_a_damaged_file_is_named_and_left_alone(fresh: Pki, name: str) -> None:
    fresh.admin()
    path = fresh.directory / name
    path.write_bytes(b"damaged")
    with pytest.raises(ConfigurationError, match=name):
        fresh.admin()
    assert path.read_bytes() == b"damaged"


@pytest.mark.parametrize("name", ["ca.crt", "ca.key"])
def test_half_a_pair_is_named(fresh: Pki, name: str) -> None:
    fresh.ca()
    (fresh.directory / name).unlink()
    with pytest.raises(ConfigurationError, match=rf"{name} cannot be read"):
        fresh.ca()


def test_a_foreign_key_is_noticed(fresh: Pki, tmp_path: Path) -> None:
    other = Pki(tmp_path / "other")
    fresh.ca()
    (fresh.directory / "ca.key").write_bytes(other.ca().key)
    with pytest.raises(ConfigurationError, match="do not belong together"):
        fresh.ca()


def test_certificates_of_a_former_ca_are_made_anew(fresh: Pki) -> None:
    old = fresh.admin()
    for name in ("ca.crt", "ca.key"):
        (fresh.directory / name).unlink()
    assert fresh.admin() != old


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="certificates cannot be kept in"):
        Pki(tmp_path / "file" / "pki").ca()
