// Lengths of time as people write them: `1h`, `90m`, `1h 30m`, `1:30:00`, `1.5 Std`, or a number of seconds or milliseconds alone.

import { UNITS } from "./units_of_time";

/** The most that the API takes. */
export const MOST = 2_147_483_647;

const BY_WORD = new Map(UNITS.flatMap(([milliseconds, words]) => words.split(" ").map((word) => [word, milliseconds] as const)));

const PART = /(\d+(?:[.,]\d+)?)\s*([^\d\s.,:]+)\.?\s*/y;
const CLOCK = /^(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$/;
const GROUPED = /^\d{1,3}([,.\s'’])\d{3}(?:\1\d{3})*$/;

/** The whole number that a text is, where it is one alone. */
function plainNumber(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  return GROUPED.test(text) ? Number(text.replace(/\D/g, "")) : null;
}

/** Latin digits and letters without accents, in lower case. */
function plain(text: string): string {
  const narrow = text.normalize("NFKC").toLowerCase().replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  return narrow.normalize("NFD").replace(/[\u0300-\u036f\u0654]/g, "").normalize("NFC").trim();
}

/** The milliseconds of a text that names its units, or is written as a clock. */
function withUnits(written: string): number | null {
  const clock = CLOCK.exec(written);
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)) * 1000;
  let sum = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < written.length) {
    const part = PART.exec(written);
    const unit = BY_WORD.get(part?.[2] ?? "");
    if (!part || unit === undefined) return null;
    sum += Number(part[1]?.replace(",", ".")) * unit;
  }
  return written === "" ? null : sum;
}

/** How a text says its unit, if at all: people who write none mean that of the field. */
export function hasUnit(text: string): boolean {
  return withUnits(plain(text)) !== null;
}

/** The whole seconds that a text says; `null` where it says none. */
export function wholeSeconds(text: string): number | null {
  const written = plain(text);
  const milliseconds = withUnits(written);
  return milliseconds === null ? plainNumber(written) : Math.round(milliseconds / 1000);
}

/** The whole milliseconds that a text says; `null` where it says none. */
export function wholeMilliseconds(text: string): number | null {
  const written = plain(text);
  const milliseconds = CLOCK.test(written) ? null : withUnits(written);
  return milliseconds === null ? plainNumber(written) : Math.round(milliseconds);
}
