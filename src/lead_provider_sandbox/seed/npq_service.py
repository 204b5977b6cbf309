"""The seed of the NPQ service: providers with their delivery partners, contracts and statements, and applicants."""

from __future__ import annotations

from pathlib import Path

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.seed.file import SeedPlan, read_plan
from lead_provider_sandbox.seed.npq_service_applicants import add_applicant
from lead_provider_sandbox.seed.npq_service_provider import LATEST, add_provider
from lead_provider_sandbox.seed.row_builder import RowBuilder
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.store.store import Rows

NPQ_SERVICE_FILE = Path(__file__).with_name("npq-service.yaml")


def npq_service_rows(
    calendar: Calendar,
    provider_names: tuple[str, str, str],
    *,
    seed: int = DEFAULT_SEED,
    participants: int | None = None,  # noqa: ARG001 - a number of ECF participants
    plan: SeedPlan | None = None,
) -> Rows:
    """Return the rows of a new store for two lead providers, and for a third one without applicants.

    Situations with an id, and the plan's number of delivery partners, are for the first provider only.
    """
    plan = plan or read_plan(NPQ_SERVICE_FILE, calendar)
    builder = RowBuilder(calendar, seed, latest=plan.latest or LATEST)
    first = add_provider(builder, provider_names[0], plan.delivery_partners)
    second, _ = (add_provider(builder, name) for name in provider_names[1:])
    for home, away in ((first, second), (second, first)):
        for situation in plan.npq:
            for _ in range(situation.count if home is first or situation.id is None else 0):
                add_applicant(builder, home, away, situation)
    return builder.rows
