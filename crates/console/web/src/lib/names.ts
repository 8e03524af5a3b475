// What filters and their values are called.

import { fieldOf } from "./filter";
import type { Filter } from "./filter";
import { between, days, minute } from "./format";
import { header } from "./meta.svelte";
import { openRange } from "./open_at";
import { momentText } from "./range";
import { labelled, t } from "./text.svelte";
import { zone as zoneOf } from "./zone.svelte";

/** The name of a filter: that of its column, where it has one. */
export function fieldName(parameter: string): string {
  const column = fieldOf(parameter)?.column;
  return column ? header(column) : labelled("field", parameter);
}

export function valueName(parameter: string, value: string): string {
  if (parameter === "state") return labelled("state", value);
  if (parameter === "is_reconnect") return value === "true" ? t("yes") : t("no");
  const range = parameter === "active_at" ? openRange(value) : null;
  return range ? rangeInWords(range.from, range.to, zoneOf()) : value;
}

/** A filter with its value in words. */
export function pairInWords(parameter: string, value: string): string {
  return t("named", { name: fieldName(parameter), value: valueName(parameter, value) });
}

/** A range in words: by its days where it is made of whole ones. Its end is the first moment after it. */
export function rangeInWords(start: Date | null, end: Date | null, zone: string): string {
  const isDay = (time: Date) => momentText(time, zone).length === "2026-11-20".length;
  if (start && end && start < end && isDay(start) && isDay(end)) return days(start, new Date(end.getTime() - 1), zone);
  const named = (time: Date | null) => (time ? minute(time, zone) : t("timeOpen"));
  return between(named(start), named(end));
}

/** What was asked for, from the parameters that the service was sent. */
export function askedInWords(parameters: Readonly<Record<string, string>>, zone: string): string {
  const time = (name: string) => (parameters[name] && !Number.isNaN(Date.parse(parameters[name])) ? new Date(parameters[name]) : null);
  const filter = Object.fromEntries(Object.entries(parameters).filter(([name, value]) => value && fieldOf(name)));
  const [start, end] = [time("start_time"), time("end_time")];
  return [start || end ? rangeInWords(start, end, zone) : "", filterInWords(filter)].filter(Boolean).join(" · ") || t("everything");
}

/** A filter in words; empty where there is none. */
export function filterInWords(filter: Filter): string {
  return Object.entries(filter)
    .map(([parameter, value]) => pairInWords(parameter, value))
    .join(" · ");
}
