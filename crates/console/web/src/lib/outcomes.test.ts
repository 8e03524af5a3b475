import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import messages from "../messages/en_US";
import { OUTCOMES } from "./outcomes";

interface Parameter {
  name: string;
  schema: { enum?: string[] };
}
const document = JSON.parse(readFileSync("../../../docs/openapi.json", "utf8"));
const parameters: Parameter[] = document.paths["/v2/{project_id}/connections/export-audits"].get.parameters;
const values = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema.enum ?? [];

test("every outcome of an audit can be asked for", () => {
  expect([...OUTCOMES].sort()).toEqual(values("outcome").sort());
});

test.each(["outcome", "via", "action"])("every %s of an audit has words", (name) => {
  // What was read is what it was read by.
  const named = values(name).filter((value) => `${name}.${value}` !== "action.read");
  expect(named.length).toBeGreaterThan(3);
  for (const value of named) expect(messages).toHaveProperty([`${name}.${value}`]);
});
