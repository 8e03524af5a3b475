// Who exported, downloaded and deleted what.

import { SERVICE, client, data } from "./api";
import { fieldOf } from "./filter";
import type { Filter } from "./filter";
import type { components } from "../../generated/schema";

export type AuditLine = components["schemas"]["AuditLine"];

export interface Scope {
  project: string;
  start: Date | null;
  end: Date | null;
  user: string;
  outcome: string;
}

function parameters(scope: Scope): Record<string, string> {
  return {
    ...(scope.start && { start_time: scope.start.toISOString() }),
    ...(scope.end && { end_time: scope.end.toISOString() }),
    ...(scope.user && { user: scope.user }),
    ...(scope.outcome && { outcome: scope.outcome }),
  };
}

export const PAGE = 100;

export interface Audits {
  audits: AuditLine[];
  total: number;
}

export async function audits(scope: Scope, offset: number, signal: AbortSignal): Promise<Audits> {
  const query = { ...parameters(scope), offset: String(offset), limit: String(PAGE) };
  const path = { project_id: scope.project };
  const list = await data(client.GET("/v2/{project_id}/connections/export-audits", { params: { path, query: query as never }, signal }));
  return { audits: list.audits, total: list.total_count };
}

/** The address from which a browser downloads the audit itself. */
export function exportAddress(scope: Scope, more: Record<string, string>): string {
  const query = new URLSearchParams({ ...parameters(scope), ...more });
  return new URL(`v2/${encodeURIComponent(scope.project)}/connections/export-audits/export?${query}`, SERVICE).href;
}

/** The filter of an audit, as far as connections are filtered by it. */
export function filterOf(audit: AuditLine): Filter {
  const asked = Object.entries(audit.filter).filter(([name, value]) => typeof value === "string" && value !== "" && fieldOf(name));
  return Object.fromEntries(asked) as Filter;
}

/** The sealed reason of a refusal, opened. */
export async function decode(sealed: string): Promise<string> {
  const { decoded_message } = await data(client.POST("/v5/decode-authorization-message", { body: { encoded_message: sealed } }));
  return JSON.stringify(JSON.parse(decoded_message), null, 2);
}
