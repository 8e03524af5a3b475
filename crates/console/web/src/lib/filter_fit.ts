// The fields that a text may be a value of, by how it is written, for somebody who did not choose a field.

import { isAddressOrNetwork } from "./address_text";
import { FIELDS, fieldOf } from "./filter";
import { read } from "./filter_value";
import { hasUnit } from "./written_number";

export interface Fit {
  parameter: string;
  value: string;
}

export const ADDRESSES = FIELDS.filter(({ kind }) => kind === "address").map(({ parameter }) => parameter);

const COMPARED = /^([<>＜＞≤≥])=?\s*(.+)$/;
const LENGTHS = ["duration", "network_rtt", "e2e_rtt"];
/** A date, or a clock with one. A number alone, or a text such as `-7d`, is more likely something else. */
const DATED = /\d{4}|\d\D+\d.*[:h]/;

/** What a text may be, what is likeliest first. */
export function fitting(text: string, zone: string, now: Date): Fit[] {
  const compared = COMPARED.exec(text);
  if (compared) return taken(lengths(compared[1] === "<" || compared[1] === "＜" || compared[1] === "≤" ? ["max"] : ["min"]), compared[2] ?? "", zone, now);
  return taken(parametersOf(text), text, zone, now);
}

function parametersOf(text: string): string[] {
  if (isAddressOrNetwork(text)) return ADDRESSES;
  if (/^\d{3,}$/.test(text)) return ["min_duration"];
  if (hasUnit(text)) return /m?s\.?$/i.test(text) && !text.includes("h") ? lengths(["min", "max"]) : ["min_duration", "max_duration"];
  if (/^[\da-f]{2}([:-][\da-f]{2}){5}$/i.test(text)) return ["terminal_mac"];
  if (/^s-\d-\d/i.test(text)) return ["sid"];
  if (/^[\da-f]{8}-[\da-f]{4}-/i.test(text)) return ["desktop_id", "transaction_id"];
  return DATED.test(text) ? ["active_at"] : [];
}

function lengths(ends: readonly string[]): string[] {
  return LENGTHS.flatMap((length) => ends.map((end) => `${end}_${length}`));
}

function taken(parameters: readonly string[], text: string, zone: string, now: Date): Fit[] {
  return parameters.flatMap((parameter) => {
    const field = fieldOf(parameter);
    const value = field && read(field, text, zone, now).value;
    return value ? [{ parameter, value }] : [];
  });
}

/** What a text is the beginning of, where nothing else is known of it. */
export function beginnings(text: string): Fit[] {
  if (text.startsWith("@") && text.length > 1) return [{ parameter: "domain", value: text.slice(1) }];
  return /\p{L}/u.test(text) ? ["user_name_prefix", "computer_name_prefix"].map((parameter) => ({ parameter, value: text })) : [];
}
