// Short sentences about what was just done, which go away by themselves.

const SHOWN_FOR = 6000;
/** There is something to do: it may take a while to get there. */
const SHOWN_FOR_LONG = 20_000;

export interface Notice {
  id: number;
  text: string;
  /** What can be done about it: an address of the console, or something to call. */
  action?: { label: string; to?: string; act?: () => void };
}

const shown = $state<(Notice & { timer: ReturnType<typeof setTimeout> })[]>([]);
let last = 0;

export function notices(): readonly Notice[] {
  return shown;
}

/** Says something. What says the same already is replaced: it is said once, and longer. */
export function notify(text: string, action?: Notice["action"]): void {
  const same = shown.find((notice) => notice.text === text);
  if (same) dismiss(same.id);
  const id = ++last;
  shown.push({ id, text, action, timer: setTimeout(() => dismiss(id), action ? SHOWN_FOR_LONG : SHOWN_FOR) });
}

/** Takes away what is no longer so. */
export function withdraw(text: string): void {
  const found = shown.find((notice) => notice.text === text);
  if (found) dismiss(found.id);
}

export function dismiss(id: number): void {
  const at = shown.findIndex((notice) => notice.id === id);
  if (at < 0) return;
  clearTimeout(shown[at]?.timer);
  shown.splice(at, 1);
}
