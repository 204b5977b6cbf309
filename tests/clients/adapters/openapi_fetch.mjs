// Call the API with openapi-fetch: requests and responses are lines of JSON.
import { createInterface } from "node:readline";
import createClient from "openapi-fetch";

const [address, token] = process.argv.slice(2);
const client = createClient({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

for await (const line of createInterface({ input: process.stdin })) {
  const { method, template, path, query, body } = JSON.parse(line);
  const { data, error, response } = await client.request(method, template, { params: { path, query }, body: body ?? undefined });
  console.log(JSON.stringify({ status: response.status, body: data ?? error }));
}
