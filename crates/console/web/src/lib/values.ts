// Suggestions: the values that there are, with how often, from the service.

import { client, data } from "./api";
import { failureCause } from "./failure_cause";
import type { Field } from "./filter";
import type { Scope } from "./records.svelte";
import { parameters } from "./records.svelte";

export interface Values {
  values: { value: string; count: number }[];
  exact: boolean;
}

const MOST = 12;
/** There are few causes, and each has words of several languages. */
const MOST_CAUSES = 100;

/** The values of a field that begin with a text, in a scope without the filter of that field itself. */
export async function values(scope: Scope, field: string, prefix: string, signal: AbortSignal, most = MOST): Promise<Values> {
  const query = { ...parameters(scope), field, limit: String(most), ...(prefix && { prefix }) };
  const path = { project_id: scope.project };
  return data(client.GET("/v2/{project_id}/connections/values", { params: { path, query: query as never }, signal }));
}

/** The values of a field that fit a text: those that begin with it. A cause of failures is found by its code, and by any of its words. */
export async function valuesThatFit(scope: Scope, field: Field, text: string, signal: AbortSignal): Promise<Values> {
  if (!field.suggested) return { values: [], exact: true };
  if (field.parameter !== "failure_reason") return values(scope, field.suggested, text, signal);
  const isCode = /^\d/.test(text);
  const found = await values(scope, field.suggested, isCode ? text : "", signal, MOST_CAUSES);
  const wanted = text.toLowerCase();
  return isCode ? found : { ...found, values: found.values.filter(({ value }) => value.toLowerCase().includes(wanted)) };
}

/** The codes of causes that begin with a text, with how many connections each of them has, whatever its words. */
export function codesOf(found: Values, text: string): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { value, count } of found.values) {
    const { code } = failureCause(value);
    if (code?.startsWith(text)) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return [...counts].map(([code, count]) => ({ code, count })).sort((one, other) => Number(other.code === text) - Number(one.code === text));
}
