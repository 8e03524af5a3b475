// What somebody writes as the value of a filter, in the form that the API takes, or why it is refused. The same holds for the box
// and for an address.

import { isAddressOrNetwork } from "./address_text";
import { fieldOf } from "./filter";
import type { Field, Filter } from "./filter";
import { duration, number } from "./format";
import { valueName } from "./names";
import { openRange } from "./open_at";
import { moment, momentText } from "./range";
import { t } from "./text.svelte";
import { timeRefused } from "./time_words";
import { MOST, wholeMilliseconds, wholeSeconds } from "./written_number";
import { canonical } from "./written_time";

export type Read = { value: string; refused?: undefined } | { value?: undefined; refused: string };

/** More characters than the API takes. */
const TOO_MANY = 256;

/** What a text is as the value of a field, where it reads it in a zone. */
export function read(field: Field, text: string, zone: string, now: Date): Read {
  const written = text.trim();
  if ([...written].length >= TOO_MANY) return { refused: t("tooManyCharacters", { most: TOO_MANY - 1 }) };
  switch (field.kind) {
    case "address": return isAddressOrNetwork(written) ? { value: written } : { refused: t("notAnAddress", { text: written }) };
    case "duration": return bounded(written, wholeSeconds(written), t("notADuration", { text: written }), duration);
    case "milliseconds": return bounded(written, wholeMilliseconds(written), t("notMilliseconds", { text: written }), number);
    case "time": return readTime(written, zone, now);
    case "choice": return readChoice(field, written);
    case "domain": return readDomain(written);
    default: return { value: written };
  }
}

function bounded(text: string, value: number | null, refused: string, shown: (value: number) => string): Read {
  if (value === null) return { refused };
  return value > MOST ? { refused: t("tooMuch", { text, most: shown(MOST) }) } : { value: String(value) };
}

/** What stands between the two times of a range: as an address has it, and as the page shows it. */
const BETWEEN = /\s+[–-]\s+|\.\.|\//;

function readTime(text: string, zone: string, now: Date): Read {
  const ends = text.split(BETWEEN);
  const [from, to] = ends.length === 2 ? ends.map((end) => timeOf(end, zone, now)) : [];
  if (from instanceof Date && to instanceof Date) return from < to ? { value: `${utc(from)}/${utc(to)}` } : { refused: t("emptyRange") };
  const time = timeOf(text, zone, now);
  return time instanceof Date ? { value: utc(time) } : { refused: timeRefused(time, text) };
}

/** The moment that a text says, or why it is none. */
function timeOf(text: string, zone: string, now: Date): Date | unknown {
  try {
    return moment(canonical(text), zone, now);
  } catch (error) {
    return error;
  }
}

function utc(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

function readDomain(text: string): Read {
  return text.includes("@") ? { refused: t("notADomain", { text, instead: text.slice(text.lastIndexOf("@") + 1) }) } : { value: text };
}

function readChoice({ parameter, choices = [] }: Field, text: string): Read {
  if (choices.includes(text)) return { value: text };
  return { refused: t("notAChoice", { text, choices: choices.map((value) => valueName(parameter, value, "UTC")).join(", ") }) };
}

/** A value as somebody may change it in the box. */
export function editable(parameter: string, value: string, zone: string): string {
  const kind = fieldOf(parameter)?.kind;
  if (kind === "duration" && /^\d+$/.test(value)) return duration(Number(value));
  if (kind !== "time") return value;
  const range = openRange(value);
  const written = (time: Date) => momentText(time, zone).replace("T", " ");
  if (range) return `${written(range.from)} – ${written(range.to)}`;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : written(time);
}

/** Why a value does not go with the other end of its range, which the filter has; `null` where it does. */
export function contradicts(filter: Filter, parameter: string, value: string): string | null {
  const [, end, name] = /^(min|max)_(.+)$/.exec(parameter) ?? [];
  const other = filter[`${end === "min" ? "max" : "min"}_${name}`];
  if (!end || other === undefined) return null;
  const [least, most] = end === "min" ? [value, other] : [other, value];
  if (Number(least) <= Number(most)) return null;
  return t("contradiction", { least: valueName(`min_${name}`, least, "UTC"), most: valueName(`max_${name}`, most, "UTC") });
}

/** A filter as the API takes it, and what is refused of it, which stays as it is written. */
export function checked(filter: Filter, zone: string, now: Date): { filter: Filter; mistakes: { parameter: string; text: string }[] } {
  const good: Record<string, string> = {};
  const mistakes: { parameter: string; text: string }[] = [];
  for (const [parameter, text] of Object.entries(filter)) {
    const field = fieldOf(parameter);
    const found: Read = field ? read(field, text, zone, now) : { value: text };
    good[parameter] = found.value ?? text;
    const refused = found.refused ?? contradicts(good, parameter, good[parameter] ?? text);
    if (refused) mistakes.push({ parameter, text: refused });
  }
  return { filter: good, mistakes };
}
