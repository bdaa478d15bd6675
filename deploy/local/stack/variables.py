"""Every environment variable of an installation: its form, its use, whether it is required, and which process gets it.

The one table behind .env.example and behind the allow-list by which each process is given only its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from stack.layout import SERVICES

SANDBOX = "sandbox"
GATEWAY = "gateway"
FOUR = frozenset(SERVICES)
CHECKOUT, INVENTORY, NOTIFIER, MONITOR = (frozenset({name}) for name in SERVICES)
IN_SANDBOX = frozenset({SANDBOX})


@dataclass(frozen=True, slots=True)
class Variable:
    """`required` is a phrase: yes, no, or when."""

    name: str
    form: str
    use: str
    required: str
    to: frozenset[str]


def _rows(section: str, *rows: tuple[str, str, str, str, frozenset[str]]) -> tuple[str, tuple[Variable, ...]]:
    return section, tuple(Variable(*row) for row in rows)


SECTIONS = (
    _rows(
        "The installation",
        ("FULLHOUSE_MODE", "sandbox, test or live", "stated, never guessed", "yes", FOUR | IN_SANDBOX),
        ("PUBLIC_URL", "https://…", "links, callbacks", "yes", FOUR | IN_SANDBOX),
        ("BUSINESS_TIMEZONE", "IANA name", "today, business hours, report days", "yes", FOUR | IN_SANDBOX),
        ("CURRENCY", "ISO 4217", "default currency", "no (USD)", FOUR),
        ("CONFIG_DIR", "path", "the business's YAML files", "no (deploy/config)", FOUR),
        ("LOG_DIR", "path", "logs", "no", FOUR),
        ("PORT", "number", "where a service listens", "no", FOUR),
        ("CORS_ORIGINS", "origins, comma-separated", "pages elsewhere that may call the API", "no", FOUR),
        (
            "TRUSTED_PROXIES",
            "CIDR, comma-separated",
            "whose X-Forwarded-For the gateway believes",
            "no",
            frozenset({GATEWAY}),
        ),
        ("AUTHORIZED_DOMAIN", "domains, comma-separated", "who may authorize more seats", "for expansion", INVENTORY),
    ),
    _rows(
        "Databases and Kafka",
        (
            "DATABASE_URL",
            "postgresql://user:password@host:port/name",
            "a service's own database, where each has its own environment",
            "yes",
            FOUR,
        ),
        ("DATABASE_URL_CHECKOUT", "postgresql://…", "the same, where one environment serves all", "yes", CHECKOUT),
        ("DATABASE_URL_INVENTORY", "postgresql://…", "the same", "yes", INVENTORY),
        ("DATABASE_URL_NOTIFIER", "postgresql://…", "the same", "yes", NOTIFIER),
        ("DATABASE_URL_MONITOR", "postgresql://…", "the same", "yes", MONITOR),
        ("KAFKA_BOOTSTRAP_SERVERS", "host:port, comma-separated", "all events", "yes", FOUR),
        ("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", "TLS, SASL", "no", FOUR),
        ("KAFKA_SASL_MECHANISM", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", "SASL", "with SASL", FOUR),
        ("KAFKA_SASL_USERNAME", "text", "SASL", "with SASL", FOUR),
        ("KAFKA_SASL_PASSWORD", "text", "SASL", "with SASL", FOUR),
        ("KAFKA_SSL_CAFILE", "path", "certificates that vouch for the brokers", "no", FOUR),
        ("KAFKA_TOPIC_PREFIX", "text", "before every topic and group name", "no", FOUR),
    ),
    _rows(
        "Keys and tokens",
        (
            "AUTH_SIGNING_KEY",
            "keyid:base64 of 32 bytes (Ed25519)",
            "signs sign-in tokens",
            "at the monitor, unless OIDC_ISSUER",
            MONITOR,
        ),
        ("AUTH_PUBLIC_KEYS", "keyid:base64, comma-separated", "check sign-in tokens", "yes, unless OIDC_ISSUER", FOUR),
        ("OIDC_ISSUER", "URL", "an outside issuer of tokens", "no", FOUR),
        ("TICKET_SIGNING_KEY", "keyid:base64 of 32 bytes (Ed25519)", "signs ticket codes", "at checkout", CHECKOUT),
        ("TICKET_PUBLIC_KEYS", "keyid:base64, comma-separated", "check ticket codes", "yes", FOUR),
        ("SERVICE_TOKEN_KEY", "text, 32 characters or more", "tokens of internal calls", "yes", FOUR),
        ("METRICS_TOKEN", "text", "who may read /api/metrics", "this or the next", FOUR),
        ("METRICS_ALLOWED_NETWORKS", "CIDR, comma-separated", "who may read /api/metrics", "this or the former", FOUR),
        (
            "ENCRYPTION_KEY",
            "base64 of 32 bytes, comma-separated",
            "encrypts processors' credentials; the first encrypts, all decrypt",
            "with connections",
            CHECKOUT,
        ),
        ("INVENTORY_URL", "URL", "internal calls", "yes", CHECKOUT | MONITOR),
        ("CHECKOUT_URL", "URL", "internal calls: what the services tell is compared", "for that", MONITOR),
        ("NOTIFIER_URL", "URL", "the same", "for that", MONITOR),
    ),
    _rows(
        "Stripe",
        (
            "STRIPE_SECRET_KEY",
            "sk_live_… or sk_test_…",
            "payments; decides live or test mode",
            "yes",
            CHECKOUT | IN_SANDBOX,
        ),
        ("STRIPE_PUBLISHABLE_KEY", "pk_…, of the same mode", "pages", "no", CHECKOUT),
        (
            "STRIPE_WEBHOOK_SECRET",
            "whsec_…, comma-separated",
            "webhooks; two during a rotation",
            "yes",
            CHECKOUT | IN_SANDBOX,
        ),
        (
            "SYNTHETIC_STRIPE_SECRET_KEY",
            "sk_test_…",
            "test purchases in a live installation",
            "no",
            MONITOR | IN_SANDBOX,
        ),
    ),
    _rows(
        "Twilio",
        ("TWILIO_ACCOUNT_SID", "AC and 32 hex digits", "SMS, voice", "yes", NOTIFIER | IN_SANDBOX),
        ("TWILIO_AUTH_TOKEN", "text", "SMS, voice, signatures of callbacks", "yes", NOTIFIER | IN_SANDBOX),
        ("TWILIO_PHONE_NUMBER", "E.164", "sender", "for SMS", NOTIFIER | IN_SANDBOX),
        (
            "SMS_TARGET_NUMBERS",
            "numbers, comma-separated",
            "owners' sale SMS; the first gets tests",
            "for SMS",
            NOTIFIER,
        ),
    ),
    _rows(
        "E-mail",
        ("SENDGRID_API_KEY", "SG.…", "e-mail", "yes", NOTIFIER | IN_SANDBOX),
        ("SENDGRID_FROM_EMAIL", "address", "sender", "for e-mail", NOTIFIER | IN_SANDBOX),
        ("SENDGRID_FROM_NAME", "text", "sender", "for e-mail", NOTIFIER | IN_SANDBOX),
        ("SENDGRID_WEBHOOK_PUBLIC_KEY", "base64", "signatures of receipts", "no", NOTIFIER),
        ("SMTP_URL", "smtp://…", "a second way for e-mail", "no", NOTIFIER),
    ),
    _rows(
        "Slack, Discord, PagerDuty",
        ("SLACK_WEBHOOK_URL", "URL", "general channel", "no", NOTIFIER | IN_SANDBOX),
        ("SLACK_CRITICAL_WEBHOOK", "URL", "critical alerts; else the general channel", "no", NOTIFIER | IN_SANDBOX),
        ("SLACK_INVENTORY_WEBHOOK", "URL", "stock; else the general channel", "no", NOTIFIER | IN_SANDBOX),
        ("SLACK_PAYMENTS_WEBHOOK", "URL", "payments; else the general channel", "no", NOTIFIER | IN_SANDBOX),
        ("SLACK_BOT_TOKEN", "xoxb-…", "updates in place", "no", NOTIFIER | IN_SANDBOX),
        ("SLACK_SIGNING_SECRET", "text", "buttons", "no", NOTIFIER | IN_SANDBOX),
        ("DISCORD_WEBHOOK_URL", "URL", "switches Discord on", "no", NOTIFIER),
        ("PAGERDUTY_ROUTING_KEY", "text", "Events v2", "no", NOTIFIER | IN_SANDBOX),
        (
            "PAGERDUTY_ROUTING_KEY_CRITICAL",
            "text",
            "of one severity; also _ERROR, _WARNING, _INFO",
            "no",
            NOTIFIER | IN_SANDBOX,
        ),
        ("PAGERDUTY_ROUTING_KEY_ERROR", "text", "of one severity", "no", NOTIFIER | IN_SANDBOX),
        ("PAGERDUTY_ROUTING_KEY_WARNING", "text", "of one severity", "no", NOTIFIER | IN_SANDBOX),
        ("PAGERDUTY_ROUTING_KEY_INFO", "text", "of one severity", "no", NOTIFIER | IN_SANDBOX),
        ("PAGERDUTY_WEBHOOK_SECRET", "text", "signature of PagerDuty's own webhooks", "no", NOTIFIER | IN_SANDBOX),
    ),
    _rows(
        "Processors of connected businesses",
        ("SQUARE_APPLICATION_ID", "text", "OAuth of connections", "no", CHECKOUT),
        ("SQUARE_APPLICATION_SECRET", "text", "OAuth of connections", "no", CHECKOUT),
        ("PAYPAL_CLIENT_ID", "text", "OAuth of connections", "no", CHECKOUT),
        ("PAYPAL_CLIENT_SECRET", "text", "OAuth of connections", "no", CHECKOUT),
    ),
    _rows(
        "Watching from outside",
        ("HEARTBEAT_URL", "URL", "called each minute", "no", MONITOR),
        ("EMERGENCY_CHANNEL_URL", "URL", "the hard-wired channel", "no", MONITOR),
        ("SENTRY_DSN", "URL", "errors", "no", FOUR),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "URL", "traces", "no", FOUR),
    ),
    _rows(
        "The sandbox (in sandbox mode only)",
        ("SANDBOX_URL", "URL", "where the vendors' stand-ins are", "in sandbox mode", FOUR | IN_SANDBOX),
        (
            "SANDBOX_SENDGRID_SIGNING_KEY",
            "base64 of a PKCS#8 DER (P-256)",
            "signs its receipts of e-mail",
            "no",
            IN_SANDBOX,
        ),
        ("SANDBOX_BUSINESS_NAME", "text", "on its pay page; else SENDGRID_FROM_NAME", "no", IN_SANDBOX),
        ("SANDBOX_STRIPE_EVENTS", "snapshot, thin or both", "what Stripe's stand-in sends", "no", IN_SANDBOX),
        ("SANDBOX_LIKE_STRIPE", "1", "Stripe's own pace: 2.4 s, 25 calls a second and endpoint", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL", "URL", "callbacks straight to a service, not to PUBLIC_URL", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL_STRIPE", "URL", "the same for Stripe's only", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL_TWILIO", "URL", "the same for Twilio's only", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL_SENDGRID", "URL", "the same for SendGrid's only", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL_SLACK", "URL", "the same for Slack's only", "no", IN_SANDBOX),
        ("SANDBOX_CALLBACK_URL_PAGERDUTY", "URL", "the same for PagerDuty's only", "no", IN_SANDBOX),
        (
            "SANDBOX_STATE_FILE",
            "path",
            "keeps all it knows in SQLite; else it is gone with the process",
            "no",
            IN_SANDBOX,
        ),
        ("SANDBOX_PASSWORD", "text", "needed to reach it from elsewhere than this machine", "no", IN_SANDBOX),
    ),
)
VARIABLES = tuple(variable for _, variables in SECTIONS for variable in variables)


def allowed(process: str) -> frozenset[str]:
    """The names that `process` may see; each also as NAME_FILE."""
    return frozenset(variable.name for variable in VARIABLES if process in variable.to)


def example() -> str:
    """The text of .env.example."""
    lines = [
        "# Every setting of an installation, with its form, its use and whether it is required.",
        "# NAME_FILE may name a file that holds the value of NAME. `make up` makes a file of this form in .local/env.",
        "# PORT, STATE and BROKERS (1, or 3 for a Kafka cluster) of `make up` stand before it: make help.",
    ]
    for title, variables in SECTIONS:
        lines += ["", f"# {title}"]
        for variable in variables:
            lines += [f"# {variable.form}. Use: {variable.use}. Required: {variable.required}.", f"{variable.name}="]
    return "\n".join(lines) + "\n"
