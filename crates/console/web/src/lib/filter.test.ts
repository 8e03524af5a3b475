import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FIELDS, changed, filterOf, putFilter } from "./filter";

test("a filter survives an address, which keeps what else it has", () => {
  const query = new URLSearchParams("t=now-7d..now&user=old&row=5");
  putFilter(query, { user_name: "jy01@local.com", state: "failed" });
  expect(query.toString()).toBe("t=now-7d..now&user=jy01%40local.com&row=5&state=failed");
  expect(filterOf(query)).toEqual({ user_name: "jy01@local.com", state: "failed" });
  putFilter(query, {});
  expect(query.toString()).toBe("t=now-7d..now&row=5");
});

test("suggestions are asked of fields that the service has values of", () => {
  const document = JSON.parse(readFileSync("../../../docs/openapi.json", "utf8"));
  const parameters: { name: string; schema: { enum?: string[] } }[] = document.paths["/v2/{project_id}/connections/values"].get.parameters;
  const known = parameters.find(({ name }) => name === "field")?.schema.enum;
  for (const { suggested } of FIELDS) if (suggested) expect(known).toContain(suggested);
});

test("a value is changed and taken away", () => {
  expect(changed({ state: "failed" }, "state", "open")).toEqual({ state: "open" });
  expect(changed({ state: "failed", sid: "1" }, "state", null)).toEqual({ sid: "1" });
});

test("every filter of the API but the time can be asked for, and nothing else", () => {
  const document = JSON.parse(readFileSync("../../../docs/openapi.json", "utf8"));
  const parameters = document.paths["/v2/{project_id}/connections/desktops"].get.parameters
    .filter((parameter: { in: string }) => parameter.in === "query")
    .map((parameter: { name: string }) => parameter.name)
    .filter((name: string) => !["start_time", "end_time", "time_zone", "offset", "limit", "marker", "count"].includes(name));
  expect(FIELDS.map((field) => field.parameter).sort()).toEqual(parameters.sort());
});
