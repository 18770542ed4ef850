"""Every 422 says which part of the request is at fault, whoever found it."""

from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import AfterValidator

from common.fields import Cursor
from common.pages import decode_cursor
from common.problems import InvalidRequest, ProblemDetails, install_problem_handlers


class ColourUnknown(InvalidRequest):
    error_code = "COLOUR_UNKNOWN"
    title = "No such colour"
    loc = ("body", "colour")


def _mixed(colour: str) -> str:
    if colour == "none":
        raise ValueError("Without colour there is nothing to paint.")
    return colour


app = FastAPI()
install_problem_handlers(app)


@app.post("/paint")
async def paint(colour: Annotated[str, Body(embed=True), AfterValidator(_mixed)], cursor: Cursor = None) -> None:
    decode_cursor(cursor, int)
    raise ColourUnknown(f"Nobody knows {colour}.")


@pytest.mark.parametrize(
    ("cursor", "body", "code", "loc"),
    [
        ("", b'{"colour": "blue"}', "COLOUR_UNKNOWN", ["body", "colour"]),
        ("?cursor=damaged", b'{"colour": "blue"}', "CURSOR_INVALID", ["query", "cursor"]),
        ("", b'{"colour": 7}', "VALIDATION_ERROR", ["body", "colour"]),
        ("", b'{"colour"', "VALIDATION_ERROR", ["body", 9]),
        ("", b'{"colour": "\xff"}', "VALIDATION_ERROR", ["body"]),
    ],
)
async def test_a_422_names_the_field(cursor: str, body: bytes, code: str, loc: list[str | int]) -> None:
    answer = await _paint(cursor, body)
    found = ProblemDetails.model_validate_json(answer.content)
    assert (answer.status_code, found.error_code) == (422, code)
    assert [error.loc for error in found.errors or []] == [loc]
    assert all(error.msg and error.type for error in found.errors or [])


async def test_the_words_of_a_validator_come_as_it_said_them() -> None:
    found = ProblemDetails.model_validate_json((await _paint("", b'{"colour": "none"}')).content)
    assert [error.msg for error in found.errors or []] == ["Without colour there is nothing to paint."]
    assert found.detail == "body.colour: Without colour there is nothing to paint."


async def _paint(cursor: str, body: bytes) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.post(f"/paint{cursor}", content=body, headers={"Content-Type": "application/json"})
