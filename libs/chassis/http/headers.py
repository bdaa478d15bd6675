"""The security headers of every response (C-11), computed once."""

from __future__ import annotations

from collections.abc import Sequence

Header = tuple[bytes, bytes]


def security_headers(*, form_targets: Sequence[str], strict_transport: bool) -> tuple[Header, ...]:
    """The headers, with lower-case names. `form_targets` are other origins to which a form may lead (Stripe's)."""
    policy = "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            " ".join(("form-action 'self'", *form_targets)),
        )
    )
    headers = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        # Other sites get no referrer. `no-referrer` would make browsers send `Origin: null` with our own forms, too,
        # and older browsers send nothing else that tells our forms from foreign ones.
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if strict_transport:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return tuple(headers)
