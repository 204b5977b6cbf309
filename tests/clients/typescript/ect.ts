import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8100", headers: { Authorization: "Bearer token" } });

const { data } = await client.GET("/api/v3/participants", {
  params: { query: { "filter[training_status]": "active", "page[page]": 2, "page[per_page]": 50 } },
});
export const names: string[] = data?.data.map((each) => each.attributes.full_name) ?? [];

const { error, response } = await client.PUT("/api/v3/participants/{id}/defer", {
  params: { path: { id: "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11" } },
  body: {
    data: {
      type: "participant-defer",
      attributes: { reason: "career-break", course_identifier: "ecf-induction" },
    },
  },
});
export const status: number = response.status;
export const problem: unknown = error;

// @ts-expect-error: participants of this service have no such path
await client.GET("/api/v3/participants/ecf");
