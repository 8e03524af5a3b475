import { expect, test } from "vitest";
import { findZones, offsetName } from "./zones";

const ZONES = ["Africa/Abidjan", "America/Los_Angeles", "Asia/Kolkata", "Asia/Manila", "Asia/Shanghai", "Asia/Tokyo", "Etc/GMT+8", "Etc/GMT-8", "Europe/Berlin", "UTC"];
const AT = new Date("2026-11-29T00:00:00Z");
const found = (text: string, locale = "en-US") => findZones(text, ZONES, ["UTC"], locale, AT);

test.each(["+8", "UTC+8", "utc +08:00", "GMT+8", "+0800"])("%s finds the zones that are eight hours before UTC, the well-known one first", (text) => {
  expect(found(text)).toEqual(["Asia/Shanghai", "Asia/Manila", "Etc/GMT-8"]);
});

test("an offset of less than an hour, and one after UTC, are found as well", () => {
  expect(found("+5:30")).toEqual(["Asia/Kolkata"]);
  expect(found("-8")).toEqual(["America/Los_Angeles", "Etc/GMT+8"]);
});

test.each([
  ["beijing", "en-US", "Asia/Shanghai"],
  ["北京", "zh-CN", "Asia/Shanghai"],
  ["上海", "zh-CN", "Asia/Shanghai"],
  ["中国", "zh-CN", "Asia/Shanghai"],
  ["東京", "ja-JP", "Asia/Tokyo"],
  ["Deutschland", "de-DE", "Europe/Berlin"],
  ["allemagne", "fr-FR", "Europe/Berlin"],
  ["Los Angeles", "en-US", "America/Los_Angeles"],
  ["菲律宾", "zh-CN", "Asia/Manila"],
  ["الصين", "ar-SA", "Asia/Shanghai"],
])("%s is found in %s", (text, locale, zone) => {
  expect(found(text, locale)[0]).toBe(zone);
});

test("what is nowhere finds nothing, and no text finds all", () => {
  expect(found("Atlantis")).toEqual([]);
  expect(found("").length).toBe(ZONES.length);
  expect(found("")[0]).toBe("UTC");
});

test("an offset is named", () => {
  expect(offsetName("Asia/Shanghai", AT)).toBe("UTC+08:00");
  expect(offsetName("America/Los_Angeles", AT)).toBe("UTC−08:00");
  expect(offsetName("UTC", AT)).toBe("UTC+00:00");
});
