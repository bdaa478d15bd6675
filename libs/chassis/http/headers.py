"""Security headers of every answer (C-11), computed once."""

from __future__ import annotations

from collections.abc import Sequence

Header = tuple[bytes, bytes]


def security_headers(*, form_targets: Sequence[str], strict_transport: bool) -> tuple[Header, ...]:
    """Names are lower case; `form_targets` are origins besides our own that a form's answer may lead to (Stripe)."""
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
        # Nothing leaks to others. With `no-referrer` our own forms would come with `Origin: null`, and older browsers
        # tell nothing else by which a form of ours can be told from a foreign one.
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if strict_transport:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return tuple(headers)
