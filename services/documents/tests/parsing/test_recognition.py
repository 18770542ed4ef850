"""Kinds, identifiers and status words of BMAD documents, in both path styles."""

import pytest

from documents.parsing import parse
from documents.parsing.status import canonical

STORY = "# Story 1.2: Log in\n\n**Status:** ✅ Done (2026-01-02)\n\n## Acceptance Criteria\n\n1. It works.\n"


@pytest.mark.parametrize(
    ("path", "text", "kind", "identifier"),
    [
        ("docs/stories/1.2.log-in.md", STORY, "story", "1.2"),
        ("docs/stories/4.2-validation.md", STORY.replace("1.2", "4.2"), "story", "4.2"),
        ("_bmad-output/implementation-artifacts/1-2-log-in.md", STORY, "story", "1.2"),
        ("docs/stories/1.2-REVIEW.md", "# Story 1.2: Review report\n\n## Tasks\n", "doc", None),
        ("docs/prd/epic-3-search.md", "# Epic 3 Search\n", "epic", "epic-3"),
        ("docs/prd.md", "# Shop Product Requirements Document (PRD)\n", "prd", None),
        ("_bmad-output/planning-artifacts/epics.md", "# Shop - Epic Breakdown\n\n## Epic 1: A\n", "epic", None),
        ("_bmad-output/planning-artifacts/architecture.md", "# Decisions\n", "architecture", None),
        ("docs/notes.md", "---\nworkflowType: prd\n---\n# X\n", "prd", None),
        ("docs/front-end-spec.md", "# Shop UI/UX Specification\n", "ux", None),
        ("docs/brief.md", "# Project Brief: Shop\n", "brief", None),
        ("docs/qa/gates/1.2-log-in.yml", "schema: 1\nstory: '1.2'\ngate: PASS\n", "qa_gate", "1.2"),
        ("docs/qa/gates/1.2-x.yml", 'schema: 1\ngate: FAIL\nreason: "a "b" c"\n', "qa_gate", "1.2"),
        ("docs/qa/assessments/1.2-risk-20260101.md", "# Risk Profile: Story 1.2\n", "qa_assessment", "1.2"),
        ("docs/sprint-status.yaml", "development_status:\n  epic-1: done\n", "sprint_status", None),
        ("docs/status.yaml", "location: {project-root}/x\ndevelopment_status:\n  a: done\n", "sprint_status", None),
        ("docs/bmm-workflow-status.yaml", "workflow_status:\n  prd: docs/prd.md\n", "workflow_status", None),
        ("out/specs/spec-x/SPEC.md", "---\nid: SPEC-x\n---\n# X\n", "spec", "SPEC-x"),
        ("out/specs/spec-x/stories.yaml", "stories:\n  - id: 1\n", "stories_manifest", None),
        ("docs/1-2.context.xml", "<story-context><storyId>2</storyId></story-context>", "story_context", "1.2"),
        ("out/epic-1-retro-2026-01-01.md", "# Retro\n", "retrospective", "epic-1"),
        ("out/sprint-change-proposal-1.md", "# Sprint Change Proposal\n", "change_proposal", None),
        ("docs/tech-spec-login.md", "# Login\n", "tech_spec", None),
        ("docs/guide.md", "# A guide\n", "doc", None),
        ("docs/values.json", "{}", "data", None),
        ("_bmad/bmm/agents/dev.md", "# Dev\n", "framework", None),
        (".claude/commands/x.md", STORY, "framework", None),
        (".bmad-core/core-config.yaml", "qa:\n  qaLocation: docs/qa\n", "config", None),
    ],
)
def test_kind_and_identifier(path: str, text: str, kind: str, identifier: str | None) -> None:
    document = parse(path, text.encode())
    assert (document.kind, document.artifact_id) == (kind, identifier)
    assert document.is_framework == (path.startswith((".", "_bmad/")))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ready for Review", "review"),
        ("ready_for_dev", "ready"),
        ("**Done** ✅", "done"),
        ("InProgress", "in_progress"),
        ("Terminé — 12 janvier", "done"),
        ("Approuvée", "ready"),
        ("已实现（全部）", "done"),
        ("Superseded by Story 4.5", "dropped"),
        ("Draft (waiting)", "draft"),
        ("readiness unclear", "unknown"),
        ("awaiting-operator", "blocked"),
    ],
)
def test_status_words(raw: str, expected: str) -> None:
    assert canonical(raw) == expected


@pytest.mark.parametrize(
    "text",
    [
        "---\nstatus: done\n---\n# X\n",
        "# X\n\nStatus: Done\n",
        "# X\n\n**Status:** Done\n",
        "# X\n\n## Status: Done\n",
        "# X\n\n| **Status** | Done |\n",
        "# X\n\n## Status\n\nDone\n",
        "# X\n\nStatut : Terminé\n",
    ],
)
def test_status_is_found_where_people_write_it(text: str) -> None:
    assert parse("docs/tech-spec-x.md", text.encode()).status == "done"


def test_archived_documents_are_flagged_and_still_recognised() -> None:
    document = parse("docs/archive/1.2.story.md", STORY.encode())
    assert (document.kind, document.archived) == ("story", True)
    assert not parse("docs/stories/1.2.fix-backup.md", STORY.encode()).archived
