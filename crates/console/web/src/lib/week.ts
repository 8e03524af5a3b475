// On which day a week begins: as where the reader is, as far as the browser says it, else as the language has it.

import { CalendarDate, startOfWeek } from "@internationalized/date";

type Day = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Of the languages of the browser the first one that is the page's, with its region: British people read English, and begin a week on Monday. */
export function weekLocale(page = globalThis.document?.documentElement.lang || "en-GB", languages: readonly string[] = globalThis.navigator?.languages ?? []): string {
  const tongue = (tag: string) => tag.split("-")[0]?.toLowerCase();
  return languages.find((tag) => tag.includes("-") && tongue(tag) === tongue(page)) ?? page;
}

/** The day as calendars count it, from Sunday on. */
export function weekStartsOn(locale = weekLocale()): Day {
  return startOfWeek(new CalendarDate(2026, 11, 25), locale).toDate("UTC").getUTCDay() as Day;
}
