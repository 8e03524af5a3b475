// What filters and their values are called.

import { fieldOf } from "./filter";
import type { Filter } from "./filter";
import { between, days, duration, minute, second } from "./format";
import { header } from "./meta.svelte";
import { openRange } from "./open_at";
import { BEGINNING, momentText } from "./range";
import { LANGUAGES, labelled, t } from "./text.svelte";

/** The name of a filter: that of its column, where it has one. */
export function fieldName(parameter: string): string {
  const column = fieldOf(parameter)?.column;
  return column ? header(column) : labelled("field", parameter);
}

/** A value as the table shows it. One that is mistyped is shown as it is written. */
export function valueName(parameter: string, value: string, zone: string): string {
  if (parameter === "state") return labelled("state", value);
  if (parameter === "is_reconnect" && /^(true|false)$/.test(value)) return value === "true" ? t("yes") : t("no");
  const kind = fieldOf(parameter)?.kind;
  if (kind === "duration" && /^\d+$/.test(value)) return duration(Number(value));
  const range = kind === "time" ? openRange(value) : null;
  if (range) return rangeInWords(range.from, range.to, zone);
  return kind === "time" && !Number.isNaN(Date.parse(value)) ? second(new Date(value), zone).replace(/:00$/, "") : value;
}

/** A filter with its value in words. */
export function pairInWords(parameter: string, value: string, zone: string): string {
  return t("named", { name: fieldName(parameter), value: valueName(parameter, value, zone) });
}

/** A range in words: by its days where it is made of whole ones. Its end is the first moment after it. */
export function rangeInWords(start: Date | null, end: Date | null, zone: string): string {
  const isDay = (time: Date) => momentText(time, zone).length === "2026-11-20".length;
  const first = start && (isDay(start) ? days(start, start, zone) : minute(start, zone));
  const lastDay = end && isDay(end) ? new Date(end.getTime() - 1) : null;
  const last = end && (lastDay ? days(lastDay, lastDay, zone) : minute(end, zone));
  if (start && end && start < end && isDay(start) && lastDay) return days(start, lastDay, zone);
  if (start && end) return between(minute(start, zone), minute(end, zone));
  if (first) return t("timeSince", { time: first });
  return last ? t("timeUntil", { time: last }) : t("preset...");
}

/** What was asked for, from the parameters that the service was sent. */
export function askedInWords(parameters: Readonly<Record<string, string>>, zone: string): string {
  const time = (name: string) => (parameters[name] && !Number.isNaN(Date.parse(parameters[name])) ? new Date(parameters[name]) : null);
  const filter = Object.fromEntries(Object.entries(parameters).filter(([name, value]) => value && fieldOf(name)));
  const start = parameters.start_time === BEGINNING ? null : time("start_time");
  const end = time("end_time");
  return [start || end ? rangeInWords(start, end, zone) : "", filterInWords(filter, zone)].filter(Boolean).join(" · ") || t("everything");
}

/** A filter in words; empty where there is none. */
export function filterInWords(filter: Filter, zone: string): string {
  return Object.entries(filter)
    .map(([parameter, value]) => pairInWords(parameter, value, zone))
    .join(" · ");
}

/** The format of a file in words. */
export function formatName(format: string): string {
  const names: Record<string, string> = { xlsx: t("formatXlsx"), csv: t("formatCsv"), jsonl: t("formatJsonl") };
  return names[format] ?? format;
}

/** What else was asked for of a file: its format, and what that has of language, zone and summary. */
export function formInWords(asked: Readonly<Record<string, string | null | undefined>>): string[] {
  const format = asked.format || "xlsx";
  // Those of the service, where nothing was sent.
  const [language, zone] = [asked.language || "en_US", asked.time_zone || "UTC"];
  return [
    formatName(format),
    ...(format === "jsonl" ? [] : [(LANGUAGES as Record<string, string>)[language] ?? language, zone]),
    ...(format === "xlsx" && asked.summary === "true" ? [t("withSummary")] : []),
  ];
}
