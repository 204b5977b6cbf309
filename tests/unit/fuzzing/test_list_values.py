"""Values of placeholders, taken from the records of a list."""

from lead_provider_conformance.fuzzing.list_queries import placeholder_values

A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")


def record(record_id, **attributes):
    return {"id": record_id, "type": "thing", "attributes": attributes}


def test_values_come_from_the_records():
    months = {"2021": "03", "2022": "02", "2023": "01"}
    records = [record(A, cohort=year, updated_at=f"2023-{month}-01T00:00:00Z") for year, month in months.items()]

    values = placeholder_values(records, {})

    assert (values["one:cohort"], values["other:cohort"], values["half:page"]) == ("2021", "2023", "2")
    assert "2023-01-01T00:00:00Z" < values["half:updated_at"] < "2023-03-01T00:00:00Z"
    assert "one:urn" not in values


def test_list_that_shows_no_cohort_gets_the_cohorts_of_its_participants():
    cohorts = {B: "2021", C: "2022", D: "2023"}
    assert placeholder_values([record(A)], cohorts)["other:cohort"] == "2023"
    of_two = [record(A, participant_id=each) for each in (B, C)]
    assert placeholder_values(of_two, cohorts)["other:cohort"] == "2022"
