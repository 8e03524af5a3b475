// What the service says of itself for the console: the columns, with the headers of the files, so that screen and file agree.

import { BASE } from "./address.svelte";
import type { Language } from "./text.svelte";

export type ColumnKind = "text" | "time" | "duration" | "boolean" | "integer";

export interface Column {
  /** The field of a record, but for the duration. */
  name: string;
  header: string;
  kind: ColumnKind;
}

interface Meta {
  columns: Column[];
  zones: string[];
  version: string;
}

const known = $state({ meta: { columns: [], zones: [], version: "" } as Meta });

/** Loads the words of a language. Without them columns bear their names on the wire. */
export function loadMeta(language: Language): void {
  const url = new URL("meta", BASE);
  url.searchParams.set("language", language);
  fetch(url)
    .then((response) => (response.ok ? (response.json() as Promise<Meta>) : Promise.reject(new Error(response.statusText))))
    .then((meta) => (known.meta = meta))
    .catch(() => undefined);
}

export function columns(): readonly Column[] {
  return known.meta.columns;
}

export function zones(): readonly string[] {
  return known.meta.zones;
}

/** The header of a column, without a zone. */
export function header(name: string): string {
  return known.meta.columns.find((column) => column.name === name)?.header ?? name;
}
