"""What processors say was paid, beside what we have: the difference is mended, or a person told what to do (R-1)."""

from __future__ import annotations
