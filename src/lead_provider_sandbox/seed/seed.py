"""The seed: the rows of a new sandbox."""

from __future__ import annotations

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.seed.ecf_participants import add_participant
from lead_provider_sandbox.seed.file import DEFAULT_FILE, SeedPlan, read_plan
from lead_provider_sandbox.seed.npq_applicants import add_applicant, add_contracts
from lead_provider_sandbox.seed.provider_data import add_free_schools, provider_data
from lead_provider_sandbox.seed.row_builder import Row, RowBuilder
from lead_provider_sandbox.seed.situations import EcfSituation
from lead_provider_sandbox.store.store import Rows

DEFAULT_SEED = 1
_MANY = EcfSituation(name="additional", cohort=2024)


def seed_rows(
    calendar: Calendar,
    provider_names: tuple[str, str, str],
    *,
    seed: int = DEFAULT_SEED,
    participants: int | None = None,
    plan: SeedPlan | None = None,
) -> Rows:
    """Return the rows of a new store for two lead providers of both programmes and one of NPQs only.

    `participants` is the minimum number of ECF participants per provider; additional ones are ECTs of cohort 2024
    without declarations. Situations with an id are for the first provider only.
    """
    plan = plan or read_plan(DEFAULT_FILE, calendar)
    builder = RowBuilder(calendar, seed)
    builder.add("providers", name=provider_names[2], ecf=False, npq=True)
    worlds = [provider_data(builder, name, number) for number, name in enumerate(provider_names[:2])]
    for home, away in (worlds, worlds[::-1]):
        mentors: list[Row] = []
        # Mentors first, so that ECTs can have one.
        first = home is worlds[0]
        for situation in sorted(plan.ecf, key=lambda each: each.participant_type == "ect"):
            for _ in range(situation.count if first or situation.id is None else 0):
                add_participant(builder, home, away, situation, mentors)
        planned = sum(situation.count for situation in plan.ecf)
        for _ in range((participants or 0) - planned):
            add_participant(builder, home, away, _MANY, mentors)
        add_contracts(builder, home.provider)
        for npq_situation in plan.npq:
            for _ in range(npq_situation.count if first or npq_situation.id is None else 0):
                add_applicant(builder, home, away, npq_situation)
    add_free_schools(builder)
    return builder.rows
