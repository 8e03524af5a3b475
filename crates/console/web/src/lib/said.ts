// What is said in passing of something that did not work.

import { Failure } from "./failure";
import { t } from "./text.svelte";

/** The words of an error; where there was no answer at all, in the language of the reader. */
export function said(error: unknown): string {
  if (!(error instanceof Failure)) return String(error);
  return error.status === 0 ? t("errorNoAnswer") : error.message;
}
