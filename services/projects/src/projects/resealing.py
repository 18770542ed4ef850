"""Takes old keys out of use: what they have sealed is sealed anew by the current one."""

from collections.abc import Callable, Sequence

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, select, update
from sqlalchemy.orm import InstrumentedAttribute

from common.database import Database
from common.sealing import SealBroken, SealingKeys
from projects.models import Source
from projects.repository import EVERYTHING, ProjectRepository
from projects.sealing import credential_place, webhook_place

log = structlog.get_logger(__name__)

RESEALED = Counter("projects_secret_resealed", "Secrets that were sealed anew", ["outcome"])
_KEPT: tuple[tuple[InstrumentedAttribute[str | None], Callable[[int], str]], ...] = (
    (Source.credential_sealed, credential_place),
    (Source.webhook_secret_sealed, webhook_place),
)


class Resealing:
    """Once per start. When it is logged as done without any lost, the operator can drop the older keys."""

    def __init__(self, database: Database, keys: SealingKeys) -> None:
        self._database = database
        self._keys = keys

    async def run(self) -> None:
        """Row by row, beside whatever else is written. Raises when the database is down: call it again."""
        outcomes: list[str] = []
        for column, place in _KEPT:
            for source_id, project_id in await self._outdated(column):
                outcomes.append(await self._reseal(column, source_id, project_id, place(source_id)))
                RESEALED.labels(outcomes[-1]).inc()
        counts = {outcome: outcomes.count(outcome) for outcome in ("done", "lost", "changed")}
        log.info("secrets.resealed", key=self._keys.current, **counts)

    async def _outdated(self, column: InstrumentedAttribute[str | None]) -> Sequence[Row[int, int]]:
        query = select(Source.id, Source.project_id).where(
            column.is_not(None), ~column.startswith(f"v1.{self._keys.current}.", autoescape=True)
        )
        async with self._database.transaction() as session:
            return (await session.execute(query.order_by(Source.id))).all()

    async def _reseal(
        self, column: InstrumentedAttribute[str | None], source_id: int, project_id: int, place: str
    ) -> str:
        """What came of it: done, lost where no key of ours opens it, changed where another writer was faster."""
        async with self._database.transaction() as session:
            # As every writer does, so that what a user stores meanwhile isn't overwritten by what was there before.
            await ProjectRepository(session).lock(project_id, EVERYTHING)
            sealed = await session.scalar(select(column).where(Source.id == source_id))
            if sealed is None or self._keys.is_current(sealed):
                return "changed"
            try:
                anew = self._keys.seal(self._keys.open(sealed, place), place)
            except SealBroken as error:
                log.warning("secret.lost", source_id=source_id, error=str(error))
                return "lost"
            await session.execute(update(Source).where(Source.id == source_id).values({column: anew}))
            return "done"
