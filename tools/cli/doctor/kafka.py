"""Looks at Kafka."""

from __future__ import annotations

from collections.abc import Mapping

from cli.doctor.check import Finding
from cli.files import topics_file


async def topics_as_planned(environ: Mapping[str, str]) -> Finding:
    """Compares the cluster's topics with deploy/kafka/topics.yaml."""
    from cli import connections
    from config.topics import load_topics
    from eventbus import check_topics

    plans = load_topics(topics_file())
    differences = await check_topics(connections.kafka(environ), plans=plans)
    if differences:
        names = ", ".join(sorted({found.topic for found in differences}))
        return Finding(ok=False, detail=f"not as planned: {names}", remedy="See `fullhouse topics check`.")
    return Finding(ok=True, detail=f"{len(plans)} topics are as planned")
