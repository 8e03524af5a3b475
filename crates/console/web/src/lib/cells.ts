// What stands in the cells of the table and of the details. Always text: a name that looks like markup is shown as it is.

import { duration, number, second } from "./format";
import { columns } from "./meta.svelte";
import type { Column } from "./meta.svelte";
import type { ConnectionRecord } from "./records.svelte";
import { t } from "./text.svelte";

export const DEFAULT_COLUMNS = [
  "connection_start_time",
  "user_name",
  "computer_name",
  "connection_failure_reason",
  "duration",
  "terminal_type",
  "terminal_ip",
  "public_ip",
  "network_rtt",
];

/** The columns of the table, in their order. */
export function shownColumns(chosen: readonly string[]): Column[] {
  const wanted = chosen.length > 0 ? chosen : DEFAULT_COLUMNS;
  return wanted.flatMap((name) => columns().find((column) => column.name === name) ?? []);
}

/** The seconds that a connection lasted; `null` where it never was, or still is. */
export function seconds(record: ConnectionRecord): number | null {
  const { connection_setup_time: setup, connection_end_time: end } = record;
  return setup && end ? (Date.parse(end) - Date.parse(setup)) / 1000 : null;
}

function raw(record: ConnectionRecord, column: Column): unknown {
  return column.name === "duration" ? seconds(record) : record[column.name as keyof ConnectionRecord];
}

/** The text of a cell; empty where nothing is known. */
export function cell(record: ConnectionRecord, column: Column, zone: string): string {
  const value = raw(record, column);
  if (value === null || value === undefined) return "";
  switch (column.kind) {
    case "time": return second(new Date(String(value)), zone);
    case "duration": return duration(Number(value));
    case "integer": return number(Number(value));
    case "boolean": return value ? t("yes") : t("no");
    default: return String(value);
  }
}

export function isNumeric(column: Column): boolean {
  return column.kind === "integer" || column.kind === "duration";
}

/** The filter by which records are found that have what a cell has; `null` where there is none. */
export function filterOfCell(record: ConnectionRecord, column: Column): [parameter: string, value: string] | null {
  const value = raw(record, column);
  const filterable = ["user_name", "computer_name", "terminal_type", "terminal_ip", "source_ip", "public_ip", "desktop_ip", "terminal_mac",
    "desktop_id", "sid", "enterprise_project_id", "is_reconnect", "transaction_id"];
  if (value === null || value === undefined || value === "") return null;
  if (column.name === "connection_failure_reason") return ["failure_reason", String(value)];
  return filterable.includes(column.name) ? [column.name, String(value)] : null;
}

/** The state of a connection, as the filter knows it. */
export function state(record: ConnectionRecord): "failed" | "open" | "ended" {
  if (!record.connection_setup_time && record.connection_failure_reason) return "failed";
  return record.connection_end_time ? "ended" : "open";
}
