"""Secrets made on the first start, kept in the state folder, and handed to each process as far as they are its own."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis.encryption import new_encryption_key
from chassis.keys import SigningKey
from chassis.variables import IN_FILE, both_forms, layered, read_variable
from cli.environment import SURROUNDINGS, lines, need, over, parse
from cli.private_files import private_file
from stack import kafka
from stack.errors import StackError
from stack.layout import LOOPBACK, ROOT, SANDBOX, SERVICES, Layout

ADMIN_EMAIL = "admin@example.com"
# In the run folder: what the caller of `make up` has set, the names that each process may see, and whom the gateway
# believes.
CALLERS = "environment.json"
ALLOWED = "allowed.json"
TRUSTED = "trusted.json"


def prepare(layout: Layout, environ: Mapping[str, str]) -> None:
    """Everything that the parts are started with; raises StackError for a name in the file that nothing reads, and
    SettingsError for what the gateway can't be told.

    The supervisor starts parts again when the caller has gone, so what the caller has set is kept, and so is what the
    settings classes say of the parts: importing them costs a start half a second.
    """
    from stack import variables
    from stack.settings import GatewaySettings

    if sentences := variables.refusal(read(layout.env_file)):
        raise StackError(f"{layout.env_file} must be corrected first.\n{sentences}")
    made(layout)
    keep_callers(layout, {name: environ[name] for name in both_forms(variables.of_callers()) if environ.get(name)})
    allowed = {process: sorted(variables.allowed(process) - variables.PER_PROCESS) for process in (*SERVICES, SANDBOX)}
    private_file(layout.run / ALLOWED, json.dumps(allowed))
    trusted = GatewaySettings.from_environ(values(layout)).trusted_proxies
    private_file(layout.run / TRUSTED, json.dumps([str(network) for network in trusted]))


def made(layout: Layout) -> dict[str, str]:
    """The state folder's own values; made on the first call. Addresses follow the ports, so they are not kept."""
    kept = read(layout.env_file)
    missing = {name: value for name, value in fresh_secrets().items() if not {name, name + IN_FILE} & kept.keys()}
    values = {**missing, **kept, **addresses(layout)}
    values |= kafka.access(values.get("KAFKA_SASL_PASSWORD") or kafka.drawn_password())
    for service in SERVICES:
        word = f"DATABASE_PASSWORD_{service.upper()}"
        password = read_variable(values, word) or values.setdefault(word, secrets.token_hex(16))
        values[f"DATABASE_URL_{service.upper()}"] = (
            f"postgresql://{service}:{password}@{LOOPBACK}:{layout.ports.postgres}/{service}"
        )
    scratch = values.setdefault("DATABASE_PASSWORD_SCRATCH", secrets.token_hex(16))
    values["BACKUP_SCRATCH_URL"] = f"postgresql://scratch:{scratch}@{LOOPBACK}:{layout.ports.postgres}/postgres"
    write(layout.env_file, values)
    return values


def addresses(layout: Layout) -> dict[str, str]:
    """What follows from the ports."""
    ports = layout.ports
    brokers = (f"{LOOPBACK}:{ports.broker(number)}" for number in range(1, layout.brokers + 1))
    return {
        "PUBLIC_URL": f"http://{LOOPBACK}:{ports.gateway}",
        "KAFKA_BOOTSTRAP_SERVERS": ",".join(brokers),
        **{f"{name.upper()}_URL": f"http://{LOOPBACK}:{ports.service(name)}" for name in SERVICES if name != "monitor"},
        "SANDBOX_URL": f"http://{LOOPBACK}:{ports.sandbox}",
        "CONFIG_DIR": str(ROOT / "deploy" / "config"),
        "LOG_DIR": str(layout.logs / "lines"),
        # Beside the state folder: `make clean` takes that away.
        "BACKUP_TO": str(layout.state.with_name(f"{layout.state.name}-backups").resolve()),
    }


def fresh_secrets() -> dict[str, str]:
    """One of everything, at random. The vendors' values have the forms by which the sandbox is recognised."""
    sign_in, tickets = SigningKey.generate("auth1"), SigningKey.generate("tickets1")
    receipts = generate_private_key(SECP256R1())
    private = receipts.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = receipts.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "FULLHOUSE_MODE": "sandbox",
        "BUSINESS_TIMEZONE": "America/New_York",
        "TRUSTED_PROXIES": "127.0.0.0/8,::1/128",
        "AUTH_SIGNING_KEY": sign_in.export(),
        "AUTH_PUBLIC_KEYS": sign_in.public_keys().export(),
        "TICKET_SIGNING_KEY": tickets.export(),
        "TICKET_PUBLIC_KEYS": tickets.public_keys().export(),
        "ENCRYPTION_KEY": new_encryption_key(),
        "SERVICE_TOKEN_KEY": secrets.token_hex(32),
        "METRICS_TOKEN": secrets.token_hex(16),
        "STRIPE_SECRET_KEY": f"sk_test_sandbox{secrets.token_hex(16)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_sandbox{secrets.token_hex(16)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "TWILIO_ACCOUNT_SID": f"ACfeed0000{secrets.token_hex(12)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_PHONE_NUMBER": "+13525550199",
        "SMS_TARGET_NUMBERS": "+13525550100,+18135550101",
        "SENDGRID_API_KEY": f"SG.sandbox.{secrets.token_hex(16)}",
        "SENDGRID_FROM_EMAIL": "tickets@example.com",
        "SENDGRID_FROM_NAME": "6FB Workshops",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": base64.b64encode(public).decode(),
        "SANDBOX_SENDGRID_SIGNING_KEY": base64.b64encode(private).decode(),
        "SLACK_WEBHOOK_URL": f"https://hooks.slack.com/services/TSANDBOX00/BSANDBOX00/{secrets.token_hex(12)}",
        "SLACK_BOT_TOKEN": f"xoxb-sandbox{secrets.token_hex(16)}",
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),
        "PAGERDUTY_ROUTING_KEY": f"sandbox{secrets.token_hex(16)[:25]}",
        "PAGERDUTY_WEBHOOK_SECRET": secrets.token_hex(16),
        "AUTHORIZED_DOMAIN": "example.com",
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "ADMIN_EMAIL": ADMIN_EMAIL,
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
    }


def read(path: Path) -> dict[str, str]:
    """The values of a file in the form of .env.example."""
    return parse(path.read_text()) if path.exists() else {}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file as a whole, readable by its owner only."""
    private_file(path, lines(values))


def keep_callers(layout: Layout, environ: Mapping[str, str]) -> None:
    """What the person at the keyboard has set on purpose: it wins over what was made."""
    private_file(layout.run / CALLERS, json.dumps(dict(environ)))


def callers(layout: Layout) -> dict[str, str]:
    """What the person who called `make up` had set."""
    kept = layout.run / CALLERS
    return dict(json.loads(kept.read_text())) if kept.exists() else {}


def values(layout: Layout) -> dict[str, str]:
    """Everything that is in force: what was made, then the caller's. Outside of sandbox mode there is no sandbox."""
    merged = over(read(layout.env_file), callers(layout))
    if read_variable(merged, "FULLHOUSE_MODE") == SANDBOX:
        return merged
    return {name: value for name, value in merged.items() if not name.startswith("SANDBOX_")}


def of_operator(layout: Layout) -> dict[str, str]:
    """For the command line: a person's own environment, with everything that is in force."""
    return {**layered(os.environ, values(layout)), "STATE": str(layout.state), "PORT": str(layout.ports.base)}


def of_process(layout: Layout, process: str, *, slot: int = 0) -> dict[str, str]:
    """The whole environment of one process: its own variables, its own database, and nothing of its neighbours'."""
    known = values(layout)
    given = {name: known[name] for name in _allowed(layout, process) if name in known}
    own = f"DATABASE_URL_{process.upper()}"
    given = {name.replace(own, "DATABASE_URL"): value for name, value in given.items()}
    given["PORT"] = str(layout.ports.named()[process])
    if process in SERVICES:
        given["FULLHOUSE_SLOT"] = str(slot)
    surroundings = {name: os.environ[name] for name in SURROUNDINGS if name in os.environ}
    return {**surroundings, **given, "PYTHONUNBUFFERED": "1", **extras(layout, process)}


def postgres_password(layout: Layout) -> str:
    """The database server's own user's."""
    return need(values(layout), "POSTGRES_PASSWORD", use="the database server")


def kafka_password(layout: Layout) -> str:
    """The embedded brokers' clients'; what the caller has set is about brokers elsewhere."""
    return read(layout.env_file)["KAFKA_SASL_PASSWORD"]


def trusted_proxies(layout: Layout) -> list[str]:
    """Whose word on a client the gateway believes."""
    found: list[str] = json.loads((layout.run / TRUSTED).read_text())
    return found


def _allowed(layout: Layout, process: str) -> frozenset[str]:
    names: list[str] = json.loads((layout.run / ALLOWED).read_text())[process]
    return both_forms(frozenset(names))


def extras(layout: Layout, process: str) -> dict[str, str]:
    """What a test has set for one process only."""
    path = layout.run / f"{process}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def set_extras(layout: Layout, process: str, environ: Mapping[str, str]) -> None:
    """From its next start on, `process` also gets these."""
    private_file(layout.run / f"{process}.json", json.dumps(dict(environ)))
