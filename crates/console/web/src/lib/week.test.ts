import { expect, test } from "vitest";
import { weekLocale, weekStartsOn } from "./week";

test("a week begins as in the language, or as where the reader is", () => {
  expect(["en-US", "ar-SA-u-ca-gregory-nu-latn", "pt-BR", "ja-JP"].map((tag) => weekStartsOn(tag))).toEqual([0, 0, 0, 0]);
  expect(["de-DE", "fr-FR", "es-ES", "en-GB"].map((tag) => weekStartsOn(tag))).toEqual([1, 1, 1, 1]);
  expect(weekLocale("en-US", ["de-DE", "en", "en-GB"])).toBe("en-GB");
  expect(weekLocale("de-DE", ["en-US"])).toBe("de-DE");
});
