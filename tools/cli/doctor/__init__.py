"""The checks of `fullhouse doctor`: a file for each subject, and these tables of all, in the order of the answer."""

from __future__ import annotations

from functools import partial
from typing import Final

from cli.doctor import (
    backups,
    configuration,
    databases,
    endpoints,
    kafka,
    machine,
    operation,
    outside,
    payments,
    stock,
)
from cli.doctor.addresses import certificate, name_known
from cli.doctor.check import Check
from cli.doctor.pagerduty import pagerduty_keys
from cli.doctor.secrets import secrets_young
from cli.doctor.sendgrid import sendgrid_account
from cli.doctor.slack import slack_workspace
from cli.doctor.stripe import stripe_account
from cli.doctor.twilio import target_numbers, twilio_account
from cli.environment import SERVICES, status_command

_SET: Final = "See docs/configuration.md for the form of each variable; fullhouse doctor variables lists them."
_PARTS: Final = status_command()
_HOST: Final = "fullhouse doctor, at the installation itself"
_ROUTING: Final = "fullhouse providers list, then fullhouse connections list"
_NETWORK: Final = "Look whether this machine may reach the internet, and {} its status page."

CHECKS: Final = (
    Check(part="configuration", name="variables", look=configuration.variables_set, remedy=_SET),
    Check(part="configuration", name="last start", look=configuration.same_since_start, remedy=_SET),
    Check(part="configuration", name="secrets", look=secrets_young, remedy=_PARTS),
    Check(part="configuration", name="files", look=configuration.configuration_files, remedy=_SET),
    *(
        Check(
            part="databases",
            name=f"{service} database",
            look=partial(databases.database_of, service=service),
            remedy=f"See that PostgreSQL runs ({_PARTS}), and DATABASE_URL_{service.upper()} names it.",
        )
        for service in SERVICES
    ),
    Check(part="kafka", name="topics", look=kafka.topics_as_planned, remedy=_PARTS, seconds=25),
    Check(part="kafka", name="groups", look=kafka.groups_read, remedy=_PARTS),
    Check(part="kafka", name="lag", look=kafka.events_read, remedy=_PARTS),
    Check(part="kafka", name="dead letters", look=kafka.letters_dead, remedy=_PARTS),
    Check(part="vendors", name="stripe", look=stripe_account, remedy=_NETWORK.format("Stripe")),
    Check(part="vendors", name="twilio", look=twilio_account, remedy=_NETWORK.format("Twilio")),
    Check(part="vendors", name="sms targets", look=target_numbers, remedy=_SET),
    Check(part="vendors", name="sendgrid", look=sendgrid_account, remedy=_NETWORK.format("SendGrid")),
    Check(part="vendors", name="slack", look=slack_workspace, remedy=_NETWORK.format("Slack")),
    Check(part="vendors", name="pagerduty", look=pagerduty_keys, remedy=_NETWORK.format("PagerDuty")),
    Check(part="address", name="dns", look=name_known, remedy="Set PUBLIC_URL."),
    Check(part="address", name="certificate", look=certificate, remedy="See that TLS ends at PUBLIC_URL."),
    Check(part="endpoints", name="endpoints", look=endpoints.endpoints_answer, remedy=_PARTS),
    Check(part="endpoints", name="stock", look=stock.stock_left, remedy=_PARTS),
    Check(part="payments", name="payment tables", look=payments.tables_read, remedy=_PARTS),
    Check(part="payments", name="connections", look=payments.connections_stand, remedy=_PARTS),
    Check(part="payments", name="routing", look=payments.payments_routed, remedy=_ROUTING),
    Check(part="payments", name="commission", look=payments.commission_collected, remedy=_PARTS),
    Check(part="payments", name="payment endpoints", look=payments.routes_answer, remedy=_PARTS, seconds=5),
    Check(part="payments", name="connection webhooks", look=payments.webhooks_set, remedy=_PARTS),
    Check(part="machine", name="clock", look=machine.clocks_agree, remedy=_PARTS),
    Check(part="machine", name="disk", look=machine.disk_free, remedy="df -h"),
    Check(part="operation", name="services", look=operation.services_run, remedy=_PARTS),
    Check(part="operation", name="alerts", look=operation.alerts_open, remedy=_PARTS),
    Check(part="operation", name="jobs", look=operation.jobs_ran, remedy=_PARTS),
    Check(part="operation", name="backups", look=backups.backups_kept, remedy=_SET),
    Check(part="operation", name="invariants", look=operation.rules_hold, remedy=_PARTS),
    Check(part="operation", name="maintenance", look=operation.purchases_go_on, remedy=_PARTS),
)

# What anybody can see of an installation that is elsewhere.
OUTSIDE: Final = (
    Check(part="address", name="dns", look=name_known, remedy="Look at the address: is it spelled as it should be?"),
    Check(part="address", name="certificate", look=certificate, remedy=_HOST),
    Check(part="address", name="encryption", look=outside.encrypted_only, remedy=_HOST),
    Check(part="endpoints", name="health", look=outside.health_told, remedy=_HOST),
    Check(part="endpoints", name="endpoints", look=endpoints.endpoints_answer, remedy=_HOST),
    Check(part="endpoints", name="public configuration", look=outside.public_configuration, remedy=_HOST),
    Check(part="endpoints", name="stock", look=stock.stock_left, remedy=_HOST),
    Check(part="security", name="headers", look=outside.headers_set, remedy=_HOST),
    Check(part="security", name="closed paths", look=outside.doors_closed, remedy=_HOST),
    Check(part="security", name="webhooks", look=outside.webhooks_refuse, remedy=_HOST),
)
