"""Why nothing can be bought here and now."""

from __future__ import annotations

from chassis.errors import Condition
from languages import gettext_noop


class CatalogueEmpty(Condition):
    status = 503
    code = "catalogue_empty"
    title = gettext_noop("Nothing is on sale yet")
    meaning = gettext_noop("No catalogue has been loaded into this installation.")
    remedy = "Load one with `fullhouse catalogue load`."


class UnknownCity(Condition):
    status = 404
    code = "unknown_city"
    title = gettext_noop("There is no such city")
    meaning = gettext_noop("No workshop has this city id.")
    remedy = "Take the id from /api/config/public."


class UnknownPassKind(Condition):
    status = 404
    code = "unknown_pass_kind"
    title = gettext_noop("There is no such kind of pass")
    meaning = gettext_noop("The catalogue has no pass with this id.")
    remedy = "Take the id from /api/config/public."


class OnSaleWindow(Condition):
    status = 409
    code = "on_sale_window"
    title = gettext_noop("Not on sale now")
    meaning = gettext_noop("The sale for this city, or of this pass, has not begun, or has ended.")
    remedy = "See onSaleFrom and onSaleUntil."
