"""The seed: everything in a new sandbox, the same for the same number."""

from __future__ import annotations

from lead_provider_sandbox.api.access import NPQ_ONLY_TOKEN
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.seed.builder import Builder, Row
from lead_provider_sandbox.seed.npq import applicant, contracts
from lead_provider_sandbox.seed.npq_plan import NPQ_PLAN
from lead_provider_sandbox.seed.participants import participant
from lead_provider_sandbox.seed.plan import PLAN, Situation
from lead_provider_sandbox.seed.world import free_schools, provider_world
from lead_provider_sandbox.store.store import Rows

DEFAULT_SEED = 1
_MANY = Situation(name="one of many", count=1, cohort=2024)


def seed_rows(
    calendar: Calendar, provider_names: tuple[str, str], *, seed: int = DEFAULT_SEED, participants: int | None = None
) -> Rows:
    """The rows of a new store for two lead providers.

    `participants` asks for so many ECF participants a provider, where the plan has fewer; the further ones are early
    career teachers of cohort 2024 with nothing declared.
    """
    build = Builder(calendar, seed)
    build.add("providers", name=NPQ_ONLY_TOKEN[0], ecf=False, npq=True)
    worlds = [provider_world(build, name, number) for number, name in enumerate(provider_names)]
    for home, away in (worlds, worlds[::-1]):
        mentors: list[Row] = []
        # Mentors first, so that there are some for the early career teachers to have.
        for situation in sorted(PLAN, key=lambda each: each.participant_type == "ect"):
            for _ in range(situation.count):
                participant(build, home, away, situation, mentors)
        planned = sum(situation.count for situation in PLAN)
        for _ in range((participants or 0) - planned):
            participant(build, home, away, _MANY, mentors)
        contracts(build, home.provider)
        for npq_situation in NPQ_PLAN:
            for _ in range(npq_situation.count):
                applicant(build, home, away, npq_situation)
    free_schools(build)
    return build.done()
