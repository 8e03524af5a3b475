// Time zones as people look for them: by a name, a city, a country or an offset from UTC.

import { OTHER_NAMES } from "./other_languages";

/** Those that are asked for most. They come first where several fit. */
const POPULAR = [
  "UTC", "Asia/Shanghai", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Seoul", "Asia/Kolkata", "Asia/Dubai", "Asia/Riyadh", "Asia/Jakarta",
  "Asia/Bangkok", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Istanbul", "Europe/Moscow", "Africa/Cairo", "Africa/Johannesburg",
  "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "America/Mexico_City", "Australia/Sydney",
] as const;

export function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

const OFFSET = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?$/;

const formats = new Map<string, Intl.DateTimeFormat>();

/** By how many minutes a zone is before UTC at a time. */
export function offset(zone: string, at: Date): number {
  const known = formats.get(zone) ?? new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  formats.set(zone, known);
  const name = known.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** The offset in words: `UTC+08:00`. */
export function offsetName(zone: string, at: Date): string {
  const minutes = offset(zone, at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

let named: { locale: string; names: Map<string, string> } | null = null;

/** What a zone is called in a language, such as “China Time”: most names say the country or the city. */
function localName(zone: string, locale: string): string {
  if (named?.locale !== locale) named = { locale, names: new Map() };
  let name = named.names.get(zone);
  if (name === undefined) {
    const part = (style: "shortGeneric" | "longGeneric") =>
      new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: style }).formatToParts(0).find(({ type }) => type === "timeZoneName")?.value ?? "";
    name = plain(`${part("shortGeneric")} ${part("longGeneric")}`);
    named.names.set(zone, name);
  }
  return name;
}

/** Without case, accents and what parts words. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase().replace(/[\s_/]+/g, " ").trim();
}

/** The zones that fit a text. Those of `first`, and well-known ones, come before the others. */
export function findZones(text: string, zones: readonly string[], first: readonly string[], locale: string, at: Date): string[] {
  const known = new Set(zones);
  const ordered = [...new Set([...first, ...POPULAR.filter((zone) => known.has(zone)), ...zones])];
  const wanted = OFFSET.exec(text.toLowerCase().replace("−", "-").replace(/\s+/g, ""));
  if (wanted) {
    const minutes = (wanted[1] === "-" ? -1 : 1) * (Number(wanted[2]) * 60 + Number(wanted[3] ?? 0));
    const found = ordered.filter((zone) => offset(zone, at) === minutes);
    // `Etc/GMT+8` is eight hours after UTC, and no place.
    return found.sort((one, other) => Number(isNowhere(one)) - Number(isNowhere(other)));
  }
  const words = plain(text);
  const byName = ordered.filter((zone) => plain(`${zone} ${OTHER_NAMES[zone] ?? ""}`).includes(words));
  if (words.length < 2) return byName;
  return [...new Set([...byName, ...ordered.filter((zone) => localName(zone, locale).includes(words))])];
}

function isNowhere(zone: string): boolean {
  return zone.startsWith("Etc/");
}
