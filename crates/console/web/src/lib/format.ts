// Numbers, times and sizes as people read them.

import { locale } from "./text.svelte";

const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number): string {
  return kept(numbers, locale(), (language) => new Intl.NumberFormat(language)).format(value);
}

/** What was made for a key before. Making a format costs more than using it thousands of times. */
function kept<Format>(formats: Map<string, Format>, key: string, make: (key: string) => Format): Format {
  let found = formats.get(key);
  if (!found) {
    found = make(key);
    formats.set(key, found);
  }
  return found;
}

/** A size in bytes, by powers of 1024, as the file manager of the reader's system is likely to show it. */
export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const digits = power === 0 ? 0 : 1;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: digits })
    .format(bytes / 1024 ** power);
}

const PARTS: Intl.DateTimeFormatOptions = {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
};

const times = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  return kept(times, zone, (timeZone) => new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", { ...PARTS, timeZone }));
}

/** A time of a zone, in every language as the workbooks show it, and as the fields for times take it. */
export function second(time: Date, zone: string): string {
  const part: Record<string, string> = {};
  for (const { type, value } of format(zone).formatToParts(time)) part[type] = value;
  return `${part.year?.padStart(4, "0")}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

export function minute(time: Date, zone: string): string {
  return second(time, zone).slice(0, -3);
}

export function day(time: Date, zone: string): string {
  return second(time, zone).slice(0, -9);
}

/** The days from one to another, both of them meant. */
export function days(first: Date, last: Date, zone: string): string {
  const [from, to] = [day(first, zone), day(last, zone)];
  return from === to ? from : between(from, to);
}

export function clock(time: Date, zone: string): string {
  return second(time, zone).slice(-8);
}

/** A time or an address within a sentence, which keeps its own order where a language is written from right to left. */
export function isolated(text: string): string {
  return locale().startsWith("ar") ? `\u2068${text}\u2069` : text;
}

/** Two times with a dash. Each keeps its own order, also where a language is written from right to left. */
export function between(first: string, last: string): string {
  return `${isolated(first)} – ${isolated(last)}`;
}

/** About how long something takes, for people who decide whether they wait. */
export function roughly(seconds: number): string {
  const [value, unit] = seconds < 60 ? [Math.max(1, Math.ceil(seconds)), "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** A length of time in hours, minutes and seconds, as the files write it. */
export function duration(seconds: number): string {
  const whole = Math.trunc(Math.abs(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${seconds < 0 ? "-" : ""}${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
