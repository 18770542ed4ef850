"""The boundaries between the services hold: imports, tables, contracts."""

import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from common.testing.plugin import NewDatabase

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("projects", "documents", "chat")


@pytest.mark.parametrize("reader", [*SERVICES, "gateway"])
async def test_a_role_reads_its_own_schema_only(reader: str, new_database: NewDatabase) -> None:
    database = await new_database()
    admin = await asyncpg.connect(database.admin_dsn)
    for owner in (*SERVICES, "gateway", "bus"):
        await admin.execute(f"CREATE TABLE IF NOT EXISTS {owner}.secret (word text)")
        if owner != "bus":
            await admin.execute(f"ALTER TABLE {owner}.secret OWNER TO bmadflow_{owner}")
    await admin.close()
    own = await asyncpg.connect(database.url(reader).replace("+asyncpg", ""))
    await own.execute(f"SELECT * FROM {reader}.secret")
    for owner in (*SERVICES, "gateway", "bus"):
        if owner != reader:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(f"SELECT * FROM {owner}.secret")
    await own.close()


@pytest.mark.parametrize(
    ("importer", "imported"), [("chat", "documents"), ("common", "projects"), ("bmadflow", "gateway")]
)
def test_an_import_across_a_boundary_fails_the_check(importer: str, imported: str, tmp_path: Path) -> None:
    """The contracts of pyproject.toml are run on a copy into which a forbidden import was written."""
    copy_packages(tmp_path)
    (tmp_path / importer / "trespass.py").write_text(f"import {imported}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert f"{importer}.trespass -> {imported}" in done.stdout


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("projects.repository", "projects.service"),
        ("projects.consumers", "projects.router"),
        ("documents.service", "documents.router"),
        ("documents.search.repository", "documents.search.service"),
        ("chat.models", "chat.repository"),
        ("gateway.upstream", "gateway.router"),
    ],
)
def test_an_import_up_the_layers_fails_the_check(lower: str, upper: str, tmp_path: Path) -> None:
    copy_packages(tmp_path)
    with (tmp_path / f"{lower.replace('.', '/')}.py").open("a") as module:
        module.write(f"import {upper}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert f"{lower} -> {upper}" in done.stdout


def copy_packages(folder: Path) -> None:
    """All packages with the contracts, which hold there."""
    for package, source in packages().items():
        shutil.copytree(source, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = lint(folder)
    assert done.returncode == 0, done.stdout


def packages() -> dict[str, Path]:
    found = {service: ROOT / f"services/{service}/src/{service}" for service in (*SERVICES, "gateway")}
    return {**found, "common": ROOT / "libs/common/src/common", "bmadflow": ROOT / "deploy/src/bmadflow"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
