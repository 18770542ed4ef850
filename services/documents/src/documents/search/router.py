"""The search routes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from common.identity import IdentityDep
from common.problems import problems
from documents.errors import ProjectNotFound, ProjectsUnavailable, SemanticSearchUnavailable
from documents.known_project import KnownProject
from documents.search.schemas import SearchRequest, SearchResponse
from documents.search.service import Searcher

router = APIRouter(prefix="/api", tags=["documents"])


def _get_searcher(request: Request) -> Searcher:
    searcher: Searcher = request.app.state.searcher
    return searcher


SearcherDep = Annotated[Searcher, Depends(_get_searcher)]


@router.post(
    "/projects/{project_id}/search",
    responses=problems(ProjectNotFound, ProjectsUnavailable, SemanticSearchUnavailable),
)
async def search_project(
    project_id: KnownProject, request: SearchRequest, identity: IdentityDep, searcher: SearcherDep
) -> SearchResponse:
    """The passages of one project that answer a query best: by words, meaning and identifiers (FR12, Story 3.2)."""
    return await searcher.search(identity, request, project_id)


@router.post("/search", responses=problems(SemanticSearchUnavailable))
async def search_all(request: SearchRequest, identity: IdentityDep, searcher: SearcherDep) -> SearchResponse:
    """The same over all projects that one may see."""
    return await searcher.search(identity, request)
