"""The search routes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from common.database import SessionDep
from common.fields import Text
from common.identity import IdentityDep
from common.problems import problems
from documents.errors import ProjectNotFound, ProjectsUnavailable, SemanticSearchUnavailable
from documents.known_project import KnownProject
from documents.search.schemas import SearchRequest, SearchResponse, Suggestions
from documents.search.service import Searcher
from documents.search.suggestions import suggest_or_correct

router = APIRouter(prefix="/api", tags=["documents"])


def _get_searcher(request: Request) -> Searcher:
    searcher: Searcher = request.app.state.searcher
    return searcher


SearcherDep = Annotated[Searcher, Depends(_get_searcher)]
Typed = Annotated[Text, Query(min_length=1, max_length=200, description="What was typed so far.")]
SuggestionLimit = Annotated[int, Query(ge=1, le=50, description="How many items at most.")]


@router.post(
    "/projects/{project_id}/search",
    responses=problems(ProjectNotFound, ProjectsUnavailable, SemanticSearchUnavailable),
)
async def search_project(
    project_id: KnownProject, request: SearchRequest, identity: IdentityDep, searcher: SearcherDep
) -> SearchResponse:
    """The passages of one project that answer a query best: by words, meaning and identifiers (FR12, Story 3.2).

    "Words in quotation marks" must follow each other, a word behind a minus must not be there. Words that occur nowhere
    are corrected by the titles, headings and identifiers of the project; `corrections` says so.
    """
    return await searcher.search(identity, request, project_id)


@router.post("/search", responses=problems(SemanticSearchUnavailable))
async def search_all(request: SearchRequest, identity: IdentityDep, searcher: SearcherDep) -> SearchResponse:
    """The same over all projects that one may see."""
    return await searcher.search(identity, request)


@router.get("/projects/{project_id}/suggest", responses=problems(ProjectNotFound, ProjectsUnavailable))
async def suggest_in_project(
    project_id: KnownProject, session: SessionDep, searcher: SearcherDep, q: Typed, limit: SuggestionLimit = 12
) -> Suggestions:
    """Search as you type: documents by title, path or identifier, and headings, in one project.

    Where nothing fits, mistyped words are corrected; `corrections` says so.
    """
    return await suggest_or_correct(session, searcher.vocabularies, q, [project_id], limit)


@router.get("/suggest")
async def suggest_in_all(
    identity: IdentityDep, session: SessionDep, searcher: SearcherDep, q: Typed, limit: SuggestionLimit = 12
) -> Suggestions:
    """The same over all projects that one may see."""
    projects = None if identity.projects is None else sorted(identity.projects)
    return await suggest_or_correct(session, searcher.vocabularies, q, projects, limit)
