// A client of the types that openapi-typescript makes: it records, lists and exports, and meets a refusal. What it found is
// printed as JSON. The compiler holds it against the document, so a field that is gone does not compile.

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

declare const process: { argv: string[]; exitCode?: number };

const [url, token, project] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { "X-Auth-Token": token } });
const path = { project_id: project };

const event: components["schemas"]["ConnectionEvent"] = {
  transaction_id: "by-typescript",
  user_name: "ann",
  connection_start_time: new Date(Date.UTC(2020, 3, 24, 3, 2, 45)).toISOString(),
  network_rtt: 12,
};
const recorded = await client.POST("/v2/{project_id}/connections/desktops", {
  params: { path },
  body: [event],
});
const listed = await client.GET("/v2/{project_id}/connections/desktops", {
  params: { path, query: { limit: 5, user_name: "ann" } },
});
const record = listed.data?.records[0];
const exported = await client.GET("/v2/{project_id}/connections/desktops/export", {
  params: { path, query: { user_name: "ann" } },
  parseAs: "arrayBuffer",
});
const file = new Uint8Array(exported.data as unknown as ArrayBuffer);
const refused = await client.GET("/v2/{project_id}/connections/desktops", {
  params: { path, query: { start_time: "soon" } },
});
const refusal: components["schemas"]["Error"] | undefined = refused.error;

console.log(
  JSON.stringify({
    inserted: recorded.data?.inserted,
    total: listed.data?.total_count,
    transaction: record?.transaction_id,
    started: record?.connection_start_time,
    latency: record?.network_rtt,
    type: exported.response.headers.get("content-type"),
    file: Array.from(file.slice(0, 2)),
    bytes: file.length,
    code: refusal?.error_code,
  }),
);
