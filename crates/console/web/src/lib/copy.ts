// Copying, also where the browser has no clipboard for scripts: it has one over TLS and on the machine itself alone.

import { notify } from "./notices.svelte";
import { t } from "./text.svelte";

/** Copies a text, and says so. */
export async function copy(text: string): Promise<void> {
  if (await tryToCopy(text)) notify(t("copied"));
}

/** Copies a text. Where that cannot be, it says so. */
export async function tryToCopy(text: string): Promise<boolean> {
  const byScript = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  const done = byScript || isCopiedBySelection(text);
  if (!done) notify(t("notCopied"));
  return done;
}

function isCopiedBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  // Within an open dialog nothing else can be selected.
  (focused?.closest("dialog, [popover]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
