// Why a text is no time, in the words of the reader.

import { locale, t } from "./text.svelte";
import { DoubtfulTime } from "./written_time";

/** Why a text is no time. */
export function timeRefused(error: unknown, text: string): string {
  if (!(error instanceof DoubtfulTime)) return t("unreadableTime", { text: text.trim() });
  const { doubt } = error;
  if (doubt.kind === "order") return t("timeOrder", { text: text.trim(), instead: doubt.instead });
  const month = new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(doubt.month);
  return t("timeDays", { month, count: doubt.count });
}
