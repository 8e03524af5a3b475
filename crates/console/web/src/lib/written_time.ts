// A time as people write it, in the form in which an address keeps it: `20 Nov 2026 8:30` is `2026-11-20T08:30`.

import { DAYS } from "./other_languages";

/** Why a text is no time, as far as that can be said. */
export type Doubt =
  /** A day and a month that may be the other way round, and one way to write what may be meant. */
  | { kind: "order"; instead: string }
  /** A month that has fewer days. */
  | { kind: "days"; month: Date; count: number };

export class DoubtfulTime extends Error {
  constructor(
    readonly text: string,
    readonly doubt: Doubt,
  ) {
    super(`a doubtful time: ${text}`);
  }
}

const LANGUAGES = ["en", "es", "fr", "de", "pt", "ar"];

const TIME = String.raw`(?:[t ,]+(?:(?:um|at|a|à|as) )?(\d{1,2})[:h.](\d{2})(?::(\d{2}))?)?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${TIME}$`);
const WITH_SIGNS = /^(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?(?: ?(\d{1,2})(?::|[时時点])(\d{2})?(?::(\d{2}))?分?)?$/;
const BY_DOTS = new RegExp(String.raw`^(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})${TIME}$`);
const BY_SLASHES = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})\b/;
const DAY_FIRST = new RegExp(String.raw`^(\d{1,2})(?:[a-z]{2}|º|\.)? (?:de )?([^\d\s.,]+)\.?,? (?:de )?(\d{4})${TIME}$`);
const MONTH_FIRST = new RegExp(String.raw`^([^\d\s.,]+)\.? (\d{1,2})(?:[a-z]{2})?,? (\d{4})${TIME}$`);

let months: Map<string, number> | null = null;

/** The months by their names, and by the beginnings that stand for them. */
function monthOf(name: string): number | null {
  months ??= new Map(
    LANGUAGES.flatMap((language) =>
      Array.from({ length: 12 }, (_, index) => index).flatMap((index) =>
        (["long", "short"] as const).map((month): [string, number] => [
          plain(new Intl.DateTimeFormat(`${language}-u-ca-gregory`, { month, timeZone: "UTC" }).format(new Date(Date.UTC(2026, index, 1)))).replace(/\.$/, ""),
          index + 1,
        ]),
      ),
    ),
  );
  return months.get(name) ?? null;
}

/** In lower case, with one blank between words, Latin letters without accents, and digits and signs of their narrow width. */
function plain(text: string): string {
  const narrow = text.normalize("NFKC").toLowerCase().replaceAll("’", "'").replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  return narrow.normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").replace(/\s+/g, " ").trim();
}

/** What a text says, as `moment` reads it; the text itself where it says nothing that is known here. */
export function canonical(text: string): string {
  const written = plain(text);
  const word = Object.keys(DAYS).find((day) => DAYS[day]?.some((one) => plain(one) === written));
  if (word) return word;
  const parts = yearFirst(written) ?? dayFirst(written);
  if (parts) return composed(text, parts);
  const slashes = BY_SLASHES.exec(written);
  if (slashes) throw new DoubtfulTime(text, { kind: "order", instead: instead(slashes) });
  return written;
}

type Parts = readonly [year: string, month: number, day: string, hour?: string, minute?: string, second?: string];

function yearFirst(written: string): Parts | null {
  const plain = YEAR_FIRST.exec(written);
  if (plain) return [plain[1] ?? "", Number(plain[3]), plain[4] ?? "", plain[5], plain[6], plain[7]];
  const signs = WITH_SIGNS.exec(written);
  return signs && [signs[1] ?? "", Number(signs[2]), signs[3] ?? "", signs[4], signs[4] && (signs[5] ?? "00"), signs[6]];
}

function dayFirst(written: string): Parts | null {
  const dots = BY_DOTS.exec(written);
  if (dots) return [dots[3] ?? "", Number(dots[2]), dots[1] ?? "", dots[4], dots[5], dots[6]];
  const named = DAY_FIRST.exec(written);
  const month = named && monthOf(named[2] ?? "");
  if (month) return [named[3] ?? "", month, named[1] ?? "", named[4], named[5], named[6]];
  const american = MONTH_FIRST.exec(written);
  const first = american && monthOf(american[1] ?? "");
  return first ? [american[3] ?? "", first, american[2] ?? "", american[4], american[5], american[6]] : null;
}

function composed(text: string, [year, month, day, hour, minute, second]: Parts): string {
  const count = month >= 1 && month <= 12 ? new Date(Date.UTC(Number(year), month, 0)).getUTCDate() : 0;
  if (count > 0 && Number(day) > count) throw new DoubtfulTime(text, { kind: "days", month: new Date(Date.UTC(Number(year), month - 1, 1)), count });
  const date = `${year}-${two(month)}-${two(day)}`;
  return hour === undefined ? date : `${date}T${two(hour)}:${two(minute ?? 0)}${second === undefined ? "" : `:${second}`}`;
}

/** One way to write what `20/11/2026` may mean. */
function instead([, first, , second, year = ""]: RegExpExecArray): string {
  const [day, month] = Number(second) > 12 ? [second, first] : [first, second];
  return `${year.length === 2 ? `20${year}` : year}-${two(month ?? "")}-${two(day ?? "")}`;
}

function two(value: string | number): string {
  return String(value).padStart(2, "0");
}
