import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8100", headers: { Authorization: "Bearer token" } });

const { data } = await client.GET("/api/v3/participants/ecf", {
  params: { query: { "filter[cohort]": "2024", "page[page]": 2, "page[per_page]": 50, sort: "-updated_at" } },
});
export const mentors: (string | null)[] =
  data?.data.flatMap((each) => each.attributes.ecf_enrolments.map((enrolment) => enrolment.mentor_id)) ?? [];

const declaration: components["schemas"]["NewDeclaration"] = {
  data: {
    type: "participant-declaration",
    attributes: {
      participant_id: "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
      declaration_type: "started",
      declaration_date: "2024-10-10T09:00:00Z",
      course_identifier: "ecf-induction",
    },
  },
};
const created = await client.POST("/api/v3/participant-declarations", { body: declaration });
export const state: string | undefined = created.data?.data.attributes.state;

// @ts-expect-error: there is no such filter
await client.GET("/api/v3/participants/ecf", { params: { query: { "filter[surname]": "Lovelace" } } });
// @ts-expect-error: the cohort is required
await client.GET("/api/v3/schools/ecf", { params: { query: { "filter[urn]": "123456" } } });
