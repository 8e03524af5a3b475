import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { checkBudget } from "./budget.js";

test("scripts beyond the budget are refused, and of the languages one counts", () => {
  const script = (name, text) => ({ name: `files/${name}.js`, bytes: Buffer.from(text) });
  const scripts = [script("index", "a"), script("de_DE", "bc"), script("fr_FR", "defg")];
  const most = [0, 2].reduce((sum, at) => sum + gzipSync(scripts[at].bytes).length, 0);
  expect(checkBudget(scripts, most)).toContain("compressed");
  expect(() => checkBudget(scripts, most - 1)).toThrow("must shrink");
});
