"""Typed asynchronous client of Steward's HTTP API.

    async with Client("https://steward.example", token) as steward:
        async for unit in steward.all_units(level="district"):
            print(unit["unit_code"], unit["name"])

Each operation of the API is a method, named by its HTTP method and path: `GET /v1/people/{person_id}` is
`get_people_by_person_id`. A list has a second method, `all_people`, that reads every page.
"""

from steward_client.client import Client
from steward_client.credentials import ClientCredentials
from steward_client.events import Batch, StreamedEvent
from steward_client.generated import models
from steward_client.problem import FieldError, Problem
from steward_client.retries import Retries
from steward_client.transport import Answer, Token

__all__ = [
    "Answer",
    "Batch",
    "Client",
    "ClientCredentials",
    "FieldError",
    "Problem",
    "Retries",
    "StreamedEvent",
    "Token",
    "models",
]
