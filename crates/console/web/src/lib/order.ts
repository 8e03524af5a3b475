// Names in an order that people choose.

/** The names with one of them so many columns further; as they are where that leads beyond an end. */
export function moved(names: readonly string[], name: string, by: number): string[] {
  const at = names.indexOf(name);
  const to = at + by;
  if (at < 0 || to < 0 || to >= names.length) return [...names];
  const others = names.filter((one) => one !== name);
  return [...others.slice(0, to), name, ...others.slice(to)];
}
