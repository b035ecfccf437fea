"""CloudWatch Logs: metric filters with their dates and without a token that the request itself brought."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab import clock


def install() -> None:
    """Correct moto's metric filters."""
    from moto.logs.metric_filters import MetricFilters
    from moto.logs.responses import LogsResponse

    add, describe = MetricFilters.add_filter, LogsResponse.describe_metric_filters

    def add_filter(self: Any, *arguments: Any, **named: Any) -> None:
        add(self, *arguments, **named)
        self.metric_filters[-1]["creationTime"] = int(clock.timestamp() * 1000)

    def describe_metric_filters(self: Any) -> str:
        answer = json.loads(describe(self))
        answer.pop("nextToken", None)
        return json.dumps(answer)

    MetricFilters.add_filter = add_filter
    LogsResponse.describe_metric_filters = describe_metric_filters
