import { expect, test } from "vitest";
import french from "../messages/fr_FR";

test("French has one apostrophe, and a connection is one of a desktop alone", () => {
  expect(JSON.stringify(french)).not.toMatch(/\p{L}'\p{L}/u);
  expect([french["action.sign_in"], french["action.sign_out"], french.how].join()).not.toMatch(/onnexion/);
});
