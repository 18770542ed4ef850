"""schemathesis over the merged OpenAPI document, through the gateway: every check, no 5xx.

`FUZZ_EXAMPLES` sets how many requests per operation (default: few, so that the whole suite stays short).
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.e2e.hub import Hub

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))


@pytest.fixture(scope="session")
def api_schema(hub: Hub) -> schemathesis.BaseSchema:
    loaded = schemathesis.openapi.from_url(f"{hub.url}/api/openapi.json")
    # The event stream has no end, by design.
    return loaded.exclude(path_regex=r"/events$", method="GET")


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()  # pyright: ignore[reportUntypedFunctionDecorator] - the library leaves it untyped
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_every_operation_keeps_its_contract(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(timeout=30)
