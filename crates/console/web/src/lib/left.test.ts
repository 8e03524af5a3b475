import { expect, test } from "vitest";
import { LeftPages } from "./left";
import type { Page } from "./address.svelte";

const at = (page: Page, query: string, project = "p") => ({ page, project, query: new URLSearchParams(query) });

test("a page that was left is as it was, but for the row and the zone", () => {
  const left = new LeftPages();
  left.keep(at("connections", "t=-3d..&tz=UTC&user=ann&row=7"));
  expect(left.query("connections", at("exports", "t=-3d..&tz=Asia%2FTokyo")).toString()).toBe("t=-3d..&user=ann&tz=Asia%2FTokyo");
  expect(left.query("connections", at("exports", "", "another")).toString()).toBe("");
});

test("connections and users online have their time in common, and the audit log has its own", () => {
  const left = new LeftPages();
  left.keep(at("connections", "t=week-1..week&user=ann"));
  expect(left.query("online", at("connections", "t=week-1..week&user=ann")).get("t")).toBe("week-1..week");
  expect(left.query("audit", at("connections", "t=week-1..week&user=ann")).toString()).toBe("");
  left.keep(at("audit", "t=-90d..&outcome=refused"));
  expect(left.query("connections", at("audit", "t=-90d..&outcome=refused")).toString()).toBe("t=week-1..week&user=ann");
  expect(left.query("audit", at("online", "t=today..")).toString()).toBe("t=-90d..&outcome=refused");
  left.keep(at("online", "t=today.."));
  expect(left.query("connections", at("online", "t=today..")).toString()).toBe("t=today..&user=ann");
});

test("the link of a page to itself clears its filter", () => {
  const left = new LeftPages();
  left.keep(at("connections", "t=-3d..&user=ann"));
  expect(left.query("connections", at("connections", "t=-3d..&user=ann")).toString()).toBe("t=-3d..");
});
