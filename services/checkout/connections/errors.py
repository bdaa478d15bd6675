"""Why a connection can't be made, found or read."""

from __future__ import annotations

from chassis.errors import Condition
from checkout.webhooks.errors import Early


class UnknownConnection(Condition):
    """Also for one of another provider's: whose token is bound to a provider learns nothing of others."""

    status = 404
    code = "unknown_connection"
    title = "There is no such connection"
    meaning = "No connection has this number, or it is not yours."
    remedy = "GET /api/v1/external-payments/connections lists those that you can see."


class ConnectionExists(Condition):
    status = 409
    code = "connection_exists"
    title = "The provider is connected to this processor already"
    meaning = "A provider has one connection to each processor."
    remedy = "Change the connection that there is, or revoke it first."


class ConnectionNotReadable(Condition):
    status = 503
    code = "connection_not_readable"
    title = "The credentials can’t be encrypted or read"
    meaning = "ENCRYPTION_KEY is not set, or lacks the key with which this connection’s credentials were encrypted."
    remedy = "Set ENCRYPTION_KEY with every key that is in use, and restart checkout."


class ConnectionBusy(Condition):
    status = 409
    code = "connection_busy"
    title = "The connection is being looked at"
    meaning = "Its processor is being asked about it right now; two at a time could end its credentials."
    remedy = "Ask again in a minute."


class PaymentNotTold(Early):
    """The processor could not be asked for the payment that a webhook names."""

    code = "payment_not_told"


class NotConnected(Condition):
    status = 409
    code = "connection_not_connected"
    title = "The connection is not connected"
    meaning = "Its processor has not agreed to its credentials, so nothing can be read there."
    remedy = "Look at the connection’s status, and validate it or give it new credentials."


class CredentialsStillTaken(Condition):
    status = 409
    code = "credentials_still_taken"
    title = "The processor has not refused the credentials"
    meaning = "They may still be used by whoever has them: the processor takes them, or does not answer."
    remedy = "Have the account’s owner end them at the processor, then revoke the connection again."


class PermissionUnknown(Condition):
    """Somebody else began it, it is too old, or it was taken already: which of these, nobody is told."""

    status = 409
    code = "permission_unknown"
    title = "This answer of the processor is not expected"
    meaning = "It was asked for more than 15 minutes ago, by somebody else, or was taken already."
    remedy = "Begin again: connect the account once more, signed in as the same person."


class PermissionNotGiven(Condition):
    status = 409
    code = "permission_not_given"
    title = "The account was not connected"
    meaning = "Its owner did not agree at the processor, or the processor took back the answer."
    remedy = "Connect the account once more."
