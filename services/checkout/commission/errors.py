"""Why a collection can't be found, or asked for again."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownCollection(Condition):
    """Also for one of another provider's: whose token is bound to a provider learns nothing of others."""

    status = 404
    code = "unknown_collection"
    title = "There is no such collection"
    meaning = "No collection has this number, or it is not yours."
    remedy = "GET /api/v1/platform-collections lists those that you can see."


class CollectionCompleted(Condition):
    status = 409
    code = "collection_completed"
    title = "The collection is completed"
    meaning = "Its amount was taken; nothing of it is taken again."
    remedy = "What is wrong with its amount is corrected by the next one: fullhouse commission recalculate."


class CollectionsNotKnown(Condition):
    """Lists at Stripe of what was collected since a backup are being read (docs/adr/0033)."""

    status = 409
    code = "collections_not_known"
    title = "Not all collections are known yet"
    meaning = "The database was put back from a backup; what was collected since is being read at Stripe first."
    remedy = "Nothing is collected twice or lost. Ask again in a few minutes."
