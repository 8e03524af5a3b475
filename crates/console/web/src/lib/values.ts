// Suggestions: the values that there are, with how often, from the service.

import { client, data } from "./api";
import type { Scope } from "./records.svelte";
import { parameters } from "./records.svelte";

export interface Values {
  values: { value: string; count: number }[];
  exact: boolean;
}

const MOST = 12;

/** The values of a field that begin with a text, in a scope without the filter of that field itself. */
export async function values(scope: Scope, field: string, prefix: string, signal: AbortSignal): Promise<Values> {
  const query = { ...parameters(scope), field, limit: String(MOST), ...(prefix && { prefix }) };
  const path = { project_id: scope.project };
  return data(client.GET("/v2/{project_id}/connections/values", { params: { path, query: query as never }, signal }));
}
