"""A real broker that speaks TLS and asks for users, with certificates made for the occasion."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from stack import jars
from stack.cluster import new_cluster_id
from stack.kafka import Broker, archive_flags, drawn_password, java
from stack.layout import LOOPBACK, Ports
from stack.processes import end

USER, PASSWORD = "fullhouse", "correct-horse"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
SECURE = """
listeners=PLAINTEXT://{host}:{plain},SSL://{host}:{ssl},SASL_SSL://{host}:{sasl_ssl},SASL_PLAINTEXT://{host}:{sasl},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{plain},SSL://{host}:{ssl},SASL_SSL://{host}:{sasl_ssl},SASL_PLAINTEXT://{host}:{sasl}
listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
"""
MODULES = {
    "plain": f'plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
    "scram-sha-256": "scram.ScramLoginModule required;",
    "scram-sha-512": "scram.ScramLoginModule required;",
}


@dataclass(frozen=True)
class SecureBroker(Broker):
    """Listens four times; the ports follow its base."""

    def port(self, protocol: str) -> int:
        return self.ports.base + 50 + ("SSL", "SASL_SSL", "SASL_PLAINTEXT").index(protocol)

    def settings(self) -> str:
        ports = {"ssl": self.port("SSL"), "sasl_ssl": self.port("SASL_SSL"), "sasl": self.port("SASL_PLAINTEXT")}
        own = SECURE.format(
            host=LOOPBACK,
            plain=self.ports.kafka,
            controller=self.ports.kafka_controller,
            keystore=self.folder / "server.pem",
            **ports,
        )
        logins = [
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config=org.apache.kafka.common.security.{module}"
            for listener in ("sasl_ssl", "sasl_plaintext")
            for mechanism, module in MODULES.items()
        ]
        return super().settings() + own + "\n".join(logins) + "\n"

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    def format(self) -> None:
        """With the users that Kafka keeps itself; the word for PLAIN stands in its settings."""
        self.properties.write_text(self.settings())
        users = [word for each in SCRAM for word in ("--add-scram", f"{each}=[name={USER},password={PASSWORD}]")]
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", new_cluster_id(), "--config", str(self.properties)]
        run_java = [*java(), *archive_flags(), "-cp", jars.class_path()]
        subprocess.run([*run_java, *tool, *users], check=True, capture_output=True)


@contextmanager
def secure_broker(folder: Path, ports: Ports) -> Iterator[SecureBroker]:
    folder.mkdir()
    broker = SecureBroker(folder=folder, ports=ports, password=drawn_password())
    make_certificates(broker)
    child = broker.start(folder / "kafka.log")
    try:
        yield broker
    finally:
        end(child)


def make_certificates(broker: SecureBroker) -> None:
    """An authority, and what it says of the broker at 127.0.0.1."""
    authority_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = certificate("An authority", authority_key, issuer=None, signer=authority_key)
    own = certificate("kafka", key, issuer=authority.subject, signer=authority_key)
    broker.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = own.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    (broker.folder / "server.pem").write_bytes(private + chain)


def certificate(
    name: str, key: EllipticCurvePrivateKey, *, issuer: x509.Name | None, signer: EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
    )
    if issuer is None:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = made.add_extension(usage, critical=True)
    return made.sign(signer, hashes.SHA256())
