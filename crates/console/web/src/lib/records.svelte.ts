// The records of a table: pages of the list, one after another by its markers, as far as somebody scrolls.

import { client, data } from "./api";
import type { Filter } from "./filter";
import { BEGINNING } from "./range";
import type { components } from "../../generated/schema";

export type ConnectionRecord = components["schemas"]["Record"];

export interface Scope {
  project: string;
  filter: Filter;
  start: Date | null;
  end: Date | null;
}

/** What the API takes for a range and a filter. */
export function parameters(scope: Scope): Record<string, string> {
  return {
    ...scope.filter,
    ...(scope.start ? { start_time: scope.start.toISOString() } : scope.end && { start_time: BEGINNING }),
    ...(scope.end && { end_time: scope.end.toISOString() }),
  };
}

const PAGE = 200;
/** More than anybody looks at, and less than a browser can hold. */
export const MOST_ROWS = 50_000;

export interface Rows {
  records: ConnectionRecord[];
  marker: string | null;
}

/** The first page of a scope, or the one after a marker. Nothing is counted: the histogram says how many there are. */
export async function page(scope: Scope, marker: string | null, signal: AbortSignal): Promise<Rows> {
  const query = { ...parameters(scope), limit: String(PAGE), ...(marker ? { marker } : { count: "false" }) };
  const list = await data(
    client.GET("/v2/{project_id}/connections/desktops", { params: { path: { project_id: scope.project }, query: query as never }, signal }),
  );
  return { records: list.records, marker: list.next_marker ?? null };
}

/** One record by its identifier. */
export async function record(project: string, transaction: string, signal: AbortSignal): Promise<ConnectionRecord> {
  const path = { project_id: project, transaction_id: transaction };
  return data(client.GET("/v2/{project_id}/connections/desktops/{transaction_id}", { params: { path }, signal }));
}

/** The newest record of a project, whatever the time and the filter; `null` where there is none. */
export async function latest(scope: Scope, signal: AbortSignal): Promise<ConnectionRecord | null> {
  const anyTime = { ...scope, start: null, end: null };
  const query = { ...parameters(anyTime), limit: "1", count: "false" };
  const list = await data(
    client.GET("/v2/{project_id}/connections/desktops", { params: { path: { project_id: scope.project }, query: query as never }, signal }),
  );
  return list.records[0] ?? null;
}
