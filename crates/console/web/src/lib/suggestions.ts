// Values of several fields that begin with a text, for somebody who did not choose a field.

import { changed, fieldOf } from "./filter";
import { ADDRESSES } from "./filter_fit";
import type { Scope } from "./records.svelte";
import { valuesThatFit } from "./values";

export interface Suggestion {
  parameter: string;
  value: string;
  count: number;
}

const NAMES = ["user_name", "computer_name", "failure_reason", "terminal_type"];
/** Of each field but the causes of failures, of which those of one code are counted together. */
const MOST = 4;
/** The service asks the database few questions of one project at a time, and the counts of the page are among them. */
const AT_ONCE = 2;
/** For so many milliseconds somebody may go on typing before it is asked. */
const PAUSE = 150;

/** What begins with a text, or in a cause of failures holds it, field by field. A text of digits and dots may be an address as well. */
export async function suggestions(scope: Scope, text: string, signal: AbortSignal): Promise<Suggestion[]> {
  await pause(signal);
  const fields = /^[\d.:a-f]*[.:][\d.:a-f]*$|^\d+$/i.test(text) ? [...ADDRESSES, ...NAMES] : NAMES;
  const found: Suggestion[][] = [];
  for (let at = 0; at < fields.length; at += AT_ONCE) {
    found.push(...(await Promise.all(fields.slice(at, at + AT_ONCE).map((parameter) => of(parameter, scope, text, signal)))));
  }
  return found.flat();
}

async function of(parameter: string, scope: Scope, text: string, signal: AbortSignal): Promise<Suggestion[]> {
  const field = fieldOf(parameter);
  if (!field?.suggested) return [];
  const found = await valuesThatFit({ ...scope, filter: changed(scope.filter, parameter, null) }, field, text, signal);
  return found.values.slice(0, parameter === "failure_reason" ? undefined : MOST).map(({ value, count }) => ({ parameter, value, count }));
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PAUSE);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("nobody wants it any more", "AbortError"));
    });
  });
}
