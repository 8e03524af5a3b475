// The columns that are shown: which, in which order, how wide.

import { DEFAULT_COLUMNS } from "./cells";
import type { Column } from "./meta.svelte";
import { moved } from "./order";
import { preferences } from "./preferences.svelte";

const WIDTHS: Record<string, number> = { time: 176, duration: 96, integer: 104, boolean: 96, text: 184 };
const NARROWEST = 56;
const WIDEST = 640;

/** The names of the columns that are shown, in their order. */
export function chosenColumns(): readonly string[] {
  return preferences.columns.length > 0 ? preferences.columns : DEFAULT_COLUMNS;
}

export function widthOf(column: Column): number {
  return preferences.widths[column.name] ?? (column.name === "connection_failure_reason" ? 260 : (WIDTHS[column.kind] ?? 176));
}

export function setWidth(column: Column, width: number): void {
  preferences.widths[column.name] = Math.max(NARROWEST, Math.min(WIDEST, width));
}

/** Moves a column. Whether there was room. */
export function moveColumn(name: string, by: number): boolean {
  const names = chosenColumns();
  const wanted = moved(names, name, by);
  if (wanted.join() === names.join()) return false;
  preferences.columns = wanted;
  return true;
}
