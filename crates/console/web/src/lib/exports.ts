// Exports by links: the service checks everything at once, and the browser's own download manager takes the file.

import { SERVICE, client, data } from "./api";
import type { Scope } from "./records.svelte";
import { parameters } from "./records.svelte";
import type { components } from "../../generated/schema";

export type Format = "xlsx" | "csv" | "jsonl";

export interface Wanted {
  format: Format;
  language: string;
  zone: string;
  summary: boolean;
}

type Link = components["schemas"]["LinkCreated"];

function query(scope: Scope, wanted: Wanted): Record<string, string> {
  return {
    ...parameters(scope),
    format: wanted.format,
    // JSON Lines have neither.
    ...(wanted.format !== "jsonl" && { language: wanted.language, time_zone: wanted.zone }),
    ...(wanted.summary && wanted.format === "xlsx" && { summary: "true" }),
  };
}

/** Asks for a link, and lets the browser download what it leads to. */
export async function download(scope: Scope, wanted: Wanted): Promise<Link> {
  return downloadAgain(scope.project, query(scope, wanted));
}

/** The same from parameters that were sent before. */
export async function downloadAgain(project: string, parameters: Readonly<Record<string, string>>): Promise<Link> {
  const params = { path: { project_id: project }, query: parameters as never };
  const link = await data(client.POST("/v2/{project_id}/connections/desktops/export-links", { params }));
  follow(link.url);
  return link;
}

/** Downloads from an address of the service without leaving the page. */
export function follow(url: string): void {
  const link = document.createElement("a");
  link.href = new URL(url.replace(/^\//, ""), SERVICE).href;
  link.download = "";
  link.click();
}

/** Asks for an export that is made in the background. */
export async function startTask(scope: Scope, wanted: Wanted): Promise<string> {
  return startAgain(scope.project, query(scope, wanted));
}

/** The same from parameters that were sent before. */
export async function startAgain(project: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const params = { path: { project_id: project }, query: parameters as never };
  return (await data(client.GET("/v3/{project_id}/desktops/connections/export", { params }))).task_id;
}

/** About how many bytes a file of so many records has: measured with generated records. */
export function estimate(records: number, format: Format): number {
  const each = { xlsx: 230, csv: 400, jsonl: 820 }[format];
  return 6000 + records * each;
}

/** About how many seconds a file of so many records takes to make, on a core that has nothing else to do. */
export function seconds(records: number, format: Format): number {
  const each = { xlsx: 190_000, csv: 500_000, jsonl: 400_000 }[format];
  return records / each;
}

/** How many sheets a workbook of so many records has. */
export function sheets(records: number): number {
  return Math.max(1, Math.ceil(records / 1_048_575));
}
