// Keys that do something on a page. They are silent while somebody writes, and may be switched off.

import { preferences } from "./preferences.svelte";

/** What keys do: a key, or two after another with a blank between them. */
export type Keys = Readonly<Record<string, () => void>>;

/** How long the second key of two may take, in milliseconds. */
const PATIENCE = 1200;

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea, [role=combobox]"));
}

/** Whether a key presses what has the focus: a button or a link does with it what it always does. */
function isPressing(event: KeyboardEvent): boolean {
  const isKey = event.key === "Enter" || event.key === " ";
  return isKey && event.target instanceof Element && event.target.closest("a, button, summary, [role=option]") !== null;
}

/** A listener that does what keys mean. `keys` is asked at each key, so it may change. */
export function shortcuts(keys: () => Keys): (event: KeyboardEvent) => void {
  let first: { key: string; at: number } | null = null;
  return (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    // What is open has the keys: Escape closes it, and no more than it.
    const isBusy = isWriting(event.target) || isPressing(event) || document.querySelector("dialog[open], :popover-open") !== null;
    if (!preferences.shortcuts || !isPlain || isBusy || event.defaultPrevented) return;
    const known = keys();
    const pair = first && event.timeStamp - first.at < PATIENCE ? known[`${first.key} ${event.key}`] : undefined;
    const act = pair ?? known[event.key];
    first = act ? null : { key: event.key, at: event.timeStamp };
    if (!act) return;
    event.preventDefault();
    act();
  };
}
