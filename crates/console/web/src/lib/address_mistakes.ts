// What an address says that its page does not know. A mistyped filter must not show and export everything in silence.

import { FIELDS } from "./filter";
import { t } from "./text.svelte";
import { isZone } from "./zones";

export interface Mistake {
  /** The field that it is about, or `time`; `null` where that has a name of its own. */
  parameter: string | null;
  text: string;
  requestId?: string | null;
  /** The name in the address with which the mistake goes away. */
  removes?: string;
}

const KNOWN = new Set(["t", "tz", "row", ...FIELDS.map(({ name }) => name)]);

export function addressMistakes(query: URLSearchParams): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const name of new Set(query.keys())) {
    if (!KNOWN.has(name)) mistakes.push({ parameter: null, text: t("unknownParameter", { name }), removes: name });
    else if (query.getAll(name).length > 1) mistakes.push({ parameter: null, text: t("twiceInAddress", { name }), removes: name });
  }
  const zone = query.get("tz");
  if (zone && !isZone(zone)) mistakes.push({ parameter: null, text: t("unknownZone", { text: zone }), removes: "tz" });
  return mistakes;
}
