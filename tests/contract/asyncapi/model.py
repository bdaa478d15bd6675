"""AsyncAPI 3 as models that refuse what the specification doesn't know."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # Two of them have a field called `schema`.
    warnings.simplefilter("ignore")
    from asyncapi3.models.asyncapi import AsyncAPI3

__all__ = ["AsyncAPI3"]
