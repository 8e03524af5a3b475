// How many connections there are over time, from the service.

import { client, data } from "./api";
import type { Scope } from "./records.svelte";
import { momentText } from "./range";
import { parameters } from "./records.svelte";
import type { components } from "../../generated/schema";

export type Histogram = components["schemas"]["ConnectionHistogram"];

/** How many bars are still told apart. */
const MOST_BARS = 240;

/** The finest interval that does not give too many bars; the service chooses where the range is open. */
export function interval({ start, end }: Scope): "minute" | "hour" | "day" | "auto" {
  const minutes = start && end ? (end.getTime() - start.getTime()) / 60_000 : Infinity;
  if (minutes <= MOST_BARS) return "minute";
  if (minutes / 60 <= MOST_BARS) return "hour";
  return minutes / 1440 <= MOST_BARS ? "day" : "auto";
}

export async function histogram(scope: Scope, zone: string, signal: AbortSignal): Promise<Histogram> {
  if (scope.start || !scope.end) return asked(scope, zone, signal);
  // Bars begin with the first record: from the beginning of time on there would be too many.
  const all = await asked({ ...scope, end: null }, zone, signal);
  const first = all.buckets[0] ? new Date(all.buckets[0].start) : scope.end;
  return asked({ ...scope, start: first < scope.end ? first : new Date(scope.end.getTime() - 1000) }, zone, signal);
}

async function asked(scope: Scope, zone: string, signal: AbortSignal): Promise<Histogram> {
  const query = { ...parameters(scope), interval: interval(scope), time_zone: zone };
  const path = { project_id: scope.project };
  return data(client.GET("/v2/{project_id}/connections/histogram", { params: { path, query: query as never }, signal }));
}

/** How much room the date of a bar has, and the time at the end. */
const ROOM = 96;
const ROOM_OF_END = 128;

/** Bars whose beginning is written below them, as many as there is room for: where there are hours of several days, those that begin a day. */
export function ticks(found: Histogram, zone: string, width: number): { index: number; label: string }[] {
  const step = width / found.buckets.length;
  const all = found.buckets.map(({ start }, index) => ({ index, start: momentText(new Date(start), zone) }));
  const days = all.filter(({ start }) => start.length === "2026-11-20".length);
  const candidates = days.length > 2 ? days : all;
  const shown: { index: number; label: string }[] = [];
  let free = 0;
  for (const { index, start } of candidates) {
    const x = index * step;
    if (x < free || x + ROOM > width - ROOM_OF_END) continue;
    shown.push({ index, label: days.length > 2 || shown.length === 0 ? start.replace("T", " ") : start.slice(start.indexOf("T") + 1) });
    free = x + (shown.length === 1 ? ROOM_OF_END : ROOM);
  }
  return shown;
}

/** Where each bucket ends: where the next one begins; the last one where the range does, or now. */
export function ends(found: Histogram, end: Date): Date[] {
  return found.buckets.map((_, index) => {
    const next = found.buckets[index + 1];
    return next ? new Date(next.start) : end;
  });
}
