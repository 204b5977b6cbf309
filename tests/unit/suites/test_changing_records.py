"""Tests of the suite, against servers on which others change a record between two of their requests."""

from contextlib import nullcontext
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.resources import suites_root

PRESENT, FORMER, OTHER = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
WITHOUT_DECLARATIONS = "You cannot defer an NPQ participant that has no declarations"


def suite(name):
    """Return a module of the suite, such as `rules/test_headers`."""
    spec = spec_from_file_location(name.replace("/", "_"), suites_root() / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def resource(record_id, **attributes):
    return {"id": record_id, "type": "thing", "attributes": attributes}


class Check:
    """Checks that let failures through. No requirement applies that a test asks about."""

    def __call__(self, *_requirements):
        return nullcontext()

    def applies(self, _requirement):
        return False


# The refusal of a request by a present and by a former id


def refuse(details):
    """Send the suite's requests about a merged participant. `details` returns the error for an id and a number."""
    changes = [{"from_participant_id": FORMER}]
    merged = Participant(PRESENT, {"participant_id_changes": changes}, {"course_identifier": "npq-senco"})
    numbers = count(1)

    def put_action(participant, *_):
        detail = details(participant.id, next(numbers))
        return SimpleNamespace(status=422, errors=(("reason", "missing"), *(("participant", each) for each in detail)))

    inventory = SimpleNamespace(participants=(merged,), require_fields=lambda *_: None)
    api = SimpleNamespace(programme="npq", put_action=put_action)
    module = suite("scenarios/test_merged_records")
    module.test_action_by_a_former_id_is_refused_for_the_same_reason_only(api, SimpleNamespace(inventory=inventory))
    return next(numbers) - 1


@pytest.mark.parametrize(("declared_at", "requests"), [(1, 2), (2, 3), (3, 2)])
def test_refusal_that_changes_with_the_participant_is_no_failure(declared_at, requests):
    sent = refuse(lambda _, number: [WITHOUT_DECLARATIONS] if number < declared_at else [])

    assert sent == requests


def test_participant_who_changes_before_every_second_request_is_no_failure():
    assert refuse(lambda _, number: [WITHOUT_DECLARATIONS] if number // 2 % 2 else []) == 3


def test_refusal_of_a_former_id_for_another_reason_fails():
    with pytest.raises(AssertionError, match=r"gets .*unknown.* by a former id"):
        refuse(lambda participant, _: ["unknown"] if participant == FORMER else [])


# Lists of two providers


class Lists:
    """A list of two providers: the first records are those of the snapshots, the others those of later reads."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = iter(ours), iter(theirs)

    def at(self, _name):
        listing = listing_of(self.ours)
        listing.as_provider = lambda _: listing_of(self.theirs)
        return listing


def listing_of(reads):
    return SimpleNamespace(snapshot=next(reads), all=lambda: next(reads))


def training(status):
    enrolment = {"training_record_id": OTHER, "participant_status": status, "training_status": "active"}
    return [resource(PRESENT, ecf_enrolments=[enrolment])]


def compare_training(ours, theirs):
    # The snapshots are read again for the second comparison.
    lists = Lists([training(each) for each in (ours[0], *ours)], [training(each) for each in (theirs[0], *theirs)])
    test = suite("rules/test_two_providers").test_training_record_is_active_with_one_provider_only
    test(SimpleNamespace(version="v3"), lists, None)


def test_participant_who_moves_between_the_lists_of_two_providers_is_no_failure():
    compare_training(["active", "left"], ["active", "active"])


def test_participant_who_stays_active_with_two_providers_fails():
    with pytest.raises(AssertionError, match="as active in both"):
        compare_training(["active", "active"], ["active", "active"])


# A partnership that another provider may not change


def change_partnership(shown):
    """Let another provider change a partnership. `shown` returns the partner after the change of a number to one."""
    numbers, latest = count(1), {}
    ours = resource(PRESENT, delivery_partner_id="one", cohort="2024")
    partners = [resource(each, cohort=["2024"]) for each in ("one", "two")]
    theirs = SimpleNamespace(snapshot=(), get_one=lambda _: SimpleNamespace(status=404))
    partnerships = SimpleNamespace(snapshot=[ours], first_record=ours, as_provider=lambda _: theirs)
    lists = SimpleNamespace(
        at=lambda name: partnerships if name == "ecf_partnerships" else SimpleNamespace(snapshot=partners)
    )

    def change(_, attributes):
        latest["partner"] = shown(attributes["delivery_partner_id"], next(numbers))
        return SimpleNamespace(status=404)

    api = SimpleNamespace(
        show_partnership=lambda _: SimpleNamespace(
            resource=resource(PRESENT, delivery_partner_id=latest["partner"], cohort="2024")
        )
    )
    module = suite("rules/test_isolation")
    module.test_another_providers_partnership_is_neither_shown_nor_changed(
        api, SimpleNamespace(change_partnership=change), lists, Check()
    )


@pytest.mark.parametrize("partner", ["one", "two"])
def test_partnership_that_its_own_provider_changes_meanwhile_is_no_failure(partner):
    change_partnership(lambda _, number: partner if number == 1 else "two")


def test_partnership_that_another_provider_changes_fails():
    with pytest.raises(AssertionError, match="though it was refused"):
        change_partnership(lambda wanted, _: wanted)


# Lists to which records come, and from which they go


@pytest.mark.parametrize(("reads", "fails"), [((60, 61), False), ((60, 60, 60), True)])
def test_default_page_is_read_again_if_the_list_has_grown(reads, fails):
    pages = SimpleNamespace(whole=["x"] * 61, by_page=[["a"]])
    found = iter([resource(f"{number}", name="x") for number in range(each)] for each in reads)
    listing = SimpleNamespace(
        all=lambda: [None] * 61,
        get=lambda: SimpleNamespace(resources=next(found)),
        page=lambda *_: SimpleNamespace(resources=[resource("0", name="x")]),
    )
    with pytest.raises(AssertionError, match="gives 60 of its 61 records") if fails else nullcontext():
        suite("rules/test_paging").assert_default(listing, ["0"] * 60, pages)


@pytest.mark.parametrize(("usual", "fails"), [(["new"], False), (["old"], True)])
def test_list_at_another_path_is_compared_with_the_usual_one_now(usual, fails):
    answered = SimpleNamespace(status=200, ids=("new",))
    api = SimpleNamespace(
        send=lambda *_, **__: answered, list_participants=lambda *_: SimpleNamespace(ids=tuple(usual))
    )
    with pytest.raises(AssertionError) if fails else nullcontext():
        suite("rules/test_headers").assert_same_list("/api/v1/participants", ("old",), api)


@pytest.mark.parametrize(("enrolled_again", "fails"), [(False, False), (True, True)])
def test_enrolment_whose_application_is_rejected_meanwhile_is_no_failure(enrolled_again, fails):
    enrolments = [{"npq_application_id": OTHER, "course_identifier": "npq-senco"}]
    participant = resource(PRESENT, npq_enrolments=enrolments, updated_at="2024-01-01T00:00:00Z")
    lists = {"participants": iter([[participant], [participant] if enrolled_again else []])}

    class Served(Api):
        programme, participants, applications = "npq", "participants", "applications"

        def __init__(self):
            """Serve lists only."""

        def paginate(self, path, *_):
            rejected = [resource(OTHER, status="rejected", participant_id=PRESENT)]
            return next(lists[path]) if path in lists else rejected

    module = suite("rules/test_npq_participants")
    states = SimpleNamespace(inventory=SimpleNamespace(applications=()))
    with pytest.raises(AssertionError, match="belong to no application") if fails else nullcontext():
        module.test_enrolments_are_those_of_accepted_applications(Served(), states, Check())
