import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8100", headers: { Authorization: "Bearer token" } });

const { data } = await client.GET("/api/v3/npq-applications", {
  params: { query: { "filter[cohort]": "2025,2026", "page[per_page]": 50, sort: "-updated_at,created_at" } },
});
for (const application of data?.data ?? []) {
  const schedule: string | null = application.attributes.schedule_identifier;
  if (schedule === null) {
    await client.POST("/api/v3/npq-applications/{id}/accept", {
      params: { path: { id: application.id } },
      body: { data: { type: "npq-application-accept", attributes: { funded_place: true } } },
    });
  }
}

await client.PUT("/api/v3/participants/npq/{id}/defer", {
  params: { path: { id: "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11" } },
  body: {
    data: {
      type: "participant-defer",
      // @ts-expect-error: there is no such reason
      attributes: { reason: "lottery", course_identifier: "npq-headship" },
    },
  },
});
