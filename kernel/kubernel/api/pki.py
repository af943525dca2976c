"""The cluster's certificates: a CA and what it signs, made at first start, kept in a directory, renewed before they expire.

Files are `NAME.crt` and `NAME.key`, PEM, readable by their owner only, written whole or not at all. Several processes may ask at
the same time: a lock file lets one of them make what is missing. A file that cannot be read or does not fit its key is never
replaced: that would cut off every client that trusts it, so the user decides.
"""

import datetime
import fcntl
import ipaddress
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubernel.errors import ConfigurationError

CA_DAYS, CERTIFICATE_DAYS, RENEW_DAYS = 3650, 365, 30
ADMIN = ("kubernetes-admin", ("system:masters",))
KUBELET_CLIENT = ("kube-apiserver-kubelet-client", ("system:masters",))
SERVER_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key as PEM, and where they are kept."""

    certificate: bytes
    key: bytes
    certificate_path: Path
    key_path: Path


@dataclass(frozen=True, slots=True)
class _Request:
    common_name: str
    organizations: tuple[str, ...]
    hosts: tuple[str, ...]
    usages: tuple[x509.ObjectIdentifier, ...]


class Pki:
    """The certificates in one directory.

    :raises ConfigurationError: by every method, when a file is unreadable or damaged; the message names it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def ca(self) -> KeyPair:
        """The cluster's CA; made when it is absent."""
        with self._locked():
            return self._ca()

    @property
    def ca_path(self) -> Path:
        return self.directory / "ca.crt"

    def server(self, hosts: Sequence[str]) -> KeyPair:
        """The API server's certificate, for the names inside a cluster and the addresses it listens on."""
        wanted = tuple(dict.fromkeys((*SERVER_NAMES, "127.0.0.1", *hosts)))
        return self._issue("apiserver", _Request("kube-apiserver", (), wanted, (ExtendedKeyUsageOID.SERVER_AUTH,)))

    def node(self, name: str, hosts: Sequence[str]) -> KeyPair:
        """The certificate with which a node's agent serves logs."""
        wanted = tuple(dict.fromkeys((name, *hosts)))
        request = _Request(f"system:node:{name}", ("system:nodes",), wanted, (ExtendedKeyUsageOID.SERVER_AUTH,))
        return self._issue(f"node-{name}", request)

    def client(self, common_name: str, organizations: Sequence[str] = (), file_name: str = "") -> KeyPair:
        """A client certificate: CN is the user, every organization a group."""
        request = _Request(common_name, tuple(organizations), (), (ExtendedKeyUsageOID.CLIENT_AUTH,))
        return self._issue(file_name or common_name.replace("/", "-").replace(":", "-"), request)

    def admin(self) -> KeyPair:
        """The administrator's client certificate."""
        return self.client(*ADMIN, file_name="admin")

    def kubelet_client(self) -> KeyPair:
        """With which the API server asks nodes for logs."""
        return self.client(*KUBELET_CLIENT, file_name="apiserver-kubelet-client")

    # --- making and keeping

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(f"certificates cannot be kept in {self.directory}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _ca(self) -> KeyPair:
        found = self._read("ca")
        if found is not None:
            if _expires_within(_certificate(found), 0):
                raise ConfigurationError(
                    f"the cluster's CA {found.certificate_path} has expired; remove {self.directory} and fetch new kubeconfigs"
                )
            return found
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
        builder = (
            _builder(name, name, key.public_key(), CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_key_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return self._keep("ca", builder.sign(key, hashes.SHA256()), key)

    def _issue(self, file_name: str, request: _Request) -> KeyPair:
        with self._locked():
            ca = self._ca()
            found = self._read(file_name)
            if found is not None and _fits(_certificate(found), request, _certificate(ca)):
                return found
            authority, ca_key = _certificate(ca), _key(ca)
            key = ec.generate_private_key(ec.SECP256R1())
            attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in request.organizations]
            attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, request.common_name))
            days = min(CERTIFICATE_DAYS, max(1, (authority.not_valid_after_utc - _now()).days))
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
            builder = (
                _builder(x509.Name(attributes), authority.subject, key.public_key(), days)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(_key_usage(signs=False), critical=True)
                .add_extension(x509.ExtendedKeyUsage(request.usages), critical=False)
                .add_extension(identifier, critical=False)
            )
            if request.hosts:
                names = x509.SubjectAlternativeName([_general_name(host) for host in request.hosts])
                builder = builder.add_extension(names, critical=False)
            return self._keep(file_name, builder.sign(ca_key, hashes.SHA256()), key)

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.directory / f"{name}.crt", self.directory / f"{name}.key"

    def _read(self, name: str) -> KeyPair | None:
        """What is kept under a name; None when nothing is.

        :raises ConfigurationError: one half is missing, a file is unreadable or damaged, or the two do not belong together.
        """
        certificate_path, key_path = self._paths(name)
        if not certificate_path.exists() and not key_path.exists():
            return None
        pair = KeyPair(_bytes(certificate_path), _bytes(key_path), certificate_path, key_path)
        if _key(pair).public_key() != _certificate(pair).public_key():
            raise ConfigurationError(f"{certificate_path} and {key_path} do not belong together")
        return pair

    def _keep(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> KeyPair:
        certificate_path, key_path = self._paths(name)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pair = KeyPair(certificate.public_bytes(serialization.Encoding.PEM), pem, certificate_path, key_path)
        try:
            waiting = [_write_aside(key_path, pair.key), _write_aside(certificate_path, pair.certificate)]
            for aside, path in zip(waiting, (key_path, certificate_path), strict=True):
                aside.replace(path)
        except OSError as error:
            raise ConfigurationError(f"certificates cannot be kept in {self.directory}: {error.strerror}") from error
        return pair


def _write_aside(path: Path, data: bytes) -> Path:
    aside = path.with_name(f"{path.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return aside


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error


def _certificate(pair: KeyPair) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pair.certificate)
    except ValueError as error:
        raise ConfigurationError(f"{pair.certificate_path} is not a certificate in PEM form") from error


def _key(pair: KeyPair) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pair.key, None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{pair.key_path} is not a private key in PEM form") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"{pair.key_path} is not a key on an elliptic curve")
    return key


def _now() -> datetime.datetime:
    # Certificates are judged by the machine's own clock on both sides of a connection, so no other clock will do.
    return datetime.datetime.now(datetime.UTC)


def _expires_within(certificate: x509.Certificate, days: int) -> bool:
    return certificate.not_valid_after_utc - _now() < datetime.timedelta(days=days)


def _fits(certificate: x509.Certificate, request: _Request, ca: x509.Certificate) -> bool:
    """Whether a certificate that is there already does what is asked."""
    if _expires_within(certificate, RENEW_DAYS) or certificate.issuer != ca.subject:
        return False
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    groups = {a.value for a in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    names = [a.value for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [request.common_name] or groups != set(request.organizations):
        return False
    if not request.hosts:
        return True
    try:
        known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return {_general_name(host) for host in request.hosts} <= set(known)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    start = _now() - datetime.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(_now() + datetime.timedelta(days=days))
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip
