// A range of time as people write it, and as an address keeps it: `now-7d..now`, `yesterday..today`, `2026-11-20..2026-11-21`.

import { CalendarDate, CalendarDateTime, endOfMonth, fromDate, parseDate, parseDateTime, startOfMonth, startOfWeek, toZoned } from "@internationalized/date";
import type { ZonedDateTime } from "@internationalized/date";
import { weekLocale } from "./week";
import { canonical } from "./written_time";

/** The two ends as they are written. An empty one is open. */
export interface Range {
  from: string;
  to: string;
}

/** The two ends as moments: the first one in the range, and the first one after it. */
export interface Moments {
  start: Date | null;
  end: Date | null;
}

/** What an end is that cannot be read. */
export class UnreadableTime extends Error {
  constructor(readonly text: string) {
    super(`not a time: ${text}`);
  }
}

const RELATIVE = /^(?:now)?(?:([+-])(\d{1,6})(m|h|d|w|mo|y))?$/;
const DAY_WORD = /^(today|yesterday|tomorrow|week|month)(?:([+-])(\d{1,4}))?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2})?$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

export const DEFAULT: Range = { from: "now-7d", to: "now" };
/** Of the audit log, in which less happens. */
export const DEFAULT_OF_AUDIT: Range = { from: "now-30d", to: "now" };
/** Before all records: the API takes no end without a start. */
export const BEGINNING = "0001-01-01T00:00:00Z";
/** As far as there is anything. */
export const ALL_TIME: Range = { from: "", to: "" };

export const PRESETS: readonly Range[] = [
  { from: "now-15m", to: "now" },
  { from: "now-1h", to: "now" },
  { from: "now-24h", to: "now" },
  { from: "now-7d", to: "now" },
  { from: "now-30d", to: "now" },
  { from: "today", to: "" },
  { from: "yesterday", to: "today" },
  { from: "week", to: "" },
  { from: "week-1", to: "week" },
  { from: "month", to: "" },
  { from: "month-1", to: "month" },
  ALL_TIME,
];

/** A range as an address has it. */
export function written(range: Range): string {
  return `${range.from}..${range.to}`;
}

/** The range that an address has; a default where there is none, or one that cannot be read. */
export function read(text: string | null, fallback = DEFAULT): Range {
  const [from, to, ...more] = text?.split("..") ?? [];
  if (from === undefined || to === undefined || more.length > 0) return fallback;
  return { from, to };
}

/** The range that an address has, where its ends can be read; else the default, and what cannot be read. */
export function readable(text: string | null, zone: string, now: Date, fallback = DEFAULT): { range: Range; unreadable: string | null } {
  const range = read(text, fallback);
  if (text !== null && range === fallback) return { range, unreadable: text };
  const unread = [range.from, range.to].find((end) => !isReadable(end, zone, now));
  if (unread === undefined) return { range, unreadable: null };
  // Somebody who edits an address may write a time as in the box.
  try {
    const meant = { from: canonical(range.from), to: canonical(range.to) };
    moments(meant, zone, now);
    return { range: meant, unreadable: null };
  } catch {
    return { range: fallback, unreadable: unread };
  }
}

function isReadable(text: string, zone: string, now: Date): boolean {
  try {
    moment(text, zone, now);
    return true;
  } catch {
    return false;
  }
}

/** The moments of a range in a zone. */
export function moments(range: Range, zone: string, now: Date): Moments {
  return { start: moment(range.from, zone, now), end: moment(range.to, zone, now) };
}

/** The moment of one end; `null` where it is open. */
export function moment(text: string, zone: string, now: Date): Date | null {
  const written = text.trim().toLowerCase();
  if (written === "") return null;
  const here = fromDate(now, zone);
  const relative = RELATIVE.exec(written);
  if (relative) return moved(here, relative[1], relative[2], relative[3]).toDate();
  const word = DAY_WORD.exec(written);
  if (word) return dayOf(word[1] ?? "", signed(word[2], word[3]), here).toDate();
  try {
    if (DATE.test(written)) return toZoned(parseDate(written), zone).toDate();
    if (LOCAL.test(written)) return toZoned(parseDateTime(written.toUpperCase().replace(" ", "T")), zone).toDate();
  } catch {
    throw new UnreadableTime(text);
  }
  const absolute = ABSOLUTE.test(written) ? new Date(written.replace(" ", "T").toUpperCase()) : null;
  if (absolute && !Number.isNaN(absolute.getTime())) return absolute;
  throw new UnreadableTime(text);
}

function signed(sign: string | undefined, amount: string | undefined): number {
  return (sign === "-" ? -1 : 1) * Number(amount ?? 0);
}

function moved(here: ZonedDateTime, sign?: string, amount?: string, unit?: string): ZonedDateTime {
  const by = signed(sign, amount);
  switch (unit) {
    case "m": return here.add({ minutes: by });
    case "h": return here.add({ hours: by });
    case "d": return here.add({ days: by });
    case "w": return here.add({ weeks: by });
    case "mo": return here.add({ months: by });
    case "y": return here.add({ years: by });
    default: return here;
  }
}

/** The first moment of a day, of a week, or of a month. */
function dayOf(word: string, by: number, here: ZonedDateTime): ZonedDateTime {
  const today = new CalendarDate(here.year, here.month, here.day);
  const day = {
    today: () => today.add({ days: by }),
    yesterday: () => today.add({ days: by - 1 }),
    tomorrow: () => today.add({ days: by + 1 }),
    week: () => startOfWeek(today, weekLocale()).add({ weeks: by }),
    month: () => startOfMonth(today).add({ months: by }),
  }[word];
  return toZoned((day ?? (() => today))(), here.timeZone);
}

/** The range of the same width before (-1) or after (1) this one. Whole months stay whole months. */
export function shifted(range: Range, direction: -1 | 1, zone: string, now: Date): Range {
  const { start, end } = moments(range, zone, now);
  if (!start) return range;
  const from = fromDate(start, zone);
  const to = fromDate(end ?? now, zone);
  const first = new CalendarDate(from.year, from.month, from.day);
  const isMonth = startsDay(from) && startsDay(to) && from.day === 1 && endOfMonth(first).add({ days: 1 }).compare(to) === 0;
  if (isMonth) return { from: text(from.add({ months: direction })), to: text(to.add({ months: direction })) };
  const days = calendarDays(from, to);
  if (days !== null) return { from: text(from.add({ days: days * direction })), to: text(to.add({ days: days * direction })) };
  const width = (to.toDate().getTime() - start.getTime()) * direction;
  return { from: momentText(new Date(start.getTime() + width), zone), to: momentText(new Date(to.toDate().getTime() + width), zone) };
}

/** How many days there are from the beginning of one to that of another; `null` where they are no beginnings. */
function calendarDays(from: ZonedDateTime, to: ZonedDateTime): number | null {
  if (!startsDay(from) || !startsDay(to)) return null;
  const day = (time: ZonedDateTime) => Date.UTC(time.year, time.month - 1, time.day) / 86_400_000;
  return day(to) - day(from);
}

function startsDay(time: ZonedDateTime): boolean {
  return time.hour === 0 && time.minute === 0 && time.second === 0 && time.millisecond === 0;
}

/** The range with both of its ends as they are now: a link to it shows the same later. */
export function fixed({ start, end }: Moments, zone: string, now: Date): Range {
  // What began within this second belongs to it.
  const until = new Date(Math.ceil((end ?? now).getTime() / 1000) * 1000);
  return { from: start ? momentText(start, zone) : "", to: momentText(until, zone) };
}

/** A moment as somebody would write it: a date where it begins a day, else to the minute or the second. */
export function momentText(time: Date, zone: string): string {
  return text(fromDate(time, zone));
}

function text(time: ZonedDateTime): string {
  const local = new CalendarDateTime(time.year, time.month, time.day, time.hour, time.minute, time.second).toString();
  // An hour that comes twice as clocks go back is named by its offset.
  if (toZoned(parseDateTime(local), time.timeZone).toDate().getTime() !== time.set({ millisecond: 0 }).toDate().getTime()) {
    return `${time.toDate().toISOString().slice(0, 19)}Z`;
  }
  if (startsDay(time)) return local.slice(0, 10);
  return time.second === 0 ? local.slice(0, 16) : local;
}
