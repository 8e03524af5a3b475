// The zone in which all times are shown and written.

import { address } from "./address.svelte";
import { preferences } from "./preferences.svelte";
import { isZone } from "./zones";

/** That of the address, where it names one; else the one that was chosen last. */
export function zone(): string {
  const named = address().query.get("tz");
  if (named && isZone(named)) return named;
  return isZone(preferences.zone) ? preferences.zone : "UTC";
}
