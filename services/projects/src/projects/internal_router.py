"""What other services ask this one, past the gateway; it stands in no API document."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from common.database import SessionDep
from common.fields import PathId
from projects.errors import CredentialNotFound, ProofInvalid
from projects.repository import SourceRepository
from projects.sealing import Keys

router = APIRouter(prefix="/internal", include_in_schema=False)


class SealedCredential(BaseModel):
    """A credential as it is stored, and the address that it is for; whoever holds the keys can open it."""

    sealed: str
    repo_url: str


@router.get("/sources/{source_id}/credential")
async def get_credential(
    source_id: PathId,
    session: SessionDep,
    keys: Keys,
    response: Response,
    authorization: Annotated[str, Header()] = "",
) -> SealedCredential:
    """For the service that fetches. Raises ProofInvalid, CredentialNotFound."""
    scheme, _, proof = authorization.partition(" ")
    if keys is None or scheme.lower() != "bearer" or not keys.accepts(f"credential:{source_id}", proof):
        raise ProofInvalid
    found = await SourceRepository(session).credential(source_id)
    if found is None:
        raise CredentialNotFound(source_id)
    response.headers["Cache-Control"] = "no-store"
    return SealedCredential(sealed=found[0], repo_url=found[1])
