// When connections were open: at a time, or at some moment from one until before another, as the API takes it.

/** What the filter `active_at` takes for a range. */
export function openWithin(from: Date, to: Date): string {
  return `${from.toISOString()}/${to.toISOString()}`;
}

/** The two times of a range; `null` where it is none, but a time alone. */
export function openRange(value: string): { from: Date; to: Date } | null {
  const [from, to, ...more] = value.split("/").map((text) => new Date(text));
  if (!from || !to || more.length > 0 || Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return null;
  return { from, to };
}
