// What the box for filters offers for what is typed: fields, values and what a text may be.

import type { Option } from "../components/Combobox.svelte";
import { number } from "./format";
import { FIELDS, fieldOf } from "./filter";
import type { Field, Filter } from "./filter";
import { beginnings, fitting } from "./filter_fit";
import { read } from "./filter_value";
import { fieldName, valueName } from "./names";
import { FIELD_WORDS } from "./other_languages";
import type { Suggestion } from "./suggestions";
import { t } from "./text.svelte";
import { codesOf } from "./values";
import type { Values } from "./values";

export interface Box {
  filter: Filter;
  zone: string;
  /** What is typed, without blanks around it. */
  wanted: string;
  choose: (parameter: string) => void;
  take: (parameter: string, value: string) => void;
  /** Takes what is typed as it is, or says why not. */
  takeTyped: (field: Field) => void;
}

/** So many causes are among the values of several fields. */
const MOST_CAUSES = 4;

/** Whether a text may be the code of a failure, or begin as one. */
export function isCode(text: string): boolean {
  return /^\d{3,}$/.test(text);
}

function fits(text: string, wanted: string): boolean {
  return text.toLowerCase().includes(wanted.toLowerCase());
}

/** What a value is called where it is chosen: what it finds, where that is more than itself. */
function offered(parameter: string, value: string, zone: string): string {
  const kind = fieldOf(parameter)?.kind;
  if (kind === "prefix") return t("beginsWith", { value });
  if (kind === "address" && value.includes("/")) return t("inNetwork", { value });
  if (parameter === "failure_reason" && /^\d+$/.test(value)) return t("everyCauseOfCode", { code: value });
  return valueName(parameter, value, zone);
}

/** That a field has a value already, which another one replaces. */
function note({ filter, zone }: Box, parameter: string): string | undefined {
  const value = filter[parameter];
  return value === undefined ? undefined : t("replaces", { value: valueName(parameter, value, zone) });
}

function option(box: Box, parameter: string, value: string, count: number | null): Option {
  return {
    // The name of a field of beginnings says that it is one.
    key: `${parameter} ${value}`, of: fieldName(parameter),
    label: fieldOf(parameter)?.kind === "prefix" ? value : offered(parameter, value, box.zone), note: note(box, parameter),
    count: count === null ? null : number(count), take: () => box.take(parameter, value),
  };
}

/** Without a field: fields by their names, what a text may be, and values of several fields. */
export function optionsOfAll(box: Box, found: readonly Suggestion[], isAsking: boolean): Option[] {
  const { wanted, zone } = box;
  const fields: Option[] = FIELDS.filter(({ parameter }) => fits(`${fieldName(parameter)} ${parameter} ${FIELD_WORDS[parameter] ?? ""}`, wanted))
    .map(({ parameter }) => ({ key: parameter, label: fieldName(parameter), note: note(box, parameter), take: () => box.choose(parameter) }));
  if (wanted === "") return fields;
  const choices = FIELDS.flatMap(({ parameter, choices = [] }) => choices.map((value) => ({ parameter, value })))
    .filter(({ parameter, value }) => fits(valueName(parameter, value, zone), wanted))
    .map(({ parameter, value }) => option(box, parameter, value, null));
  const causes = found.filter(({ parameter }) => parameter === "failure_reason");
  const codes = isCode(wanted) ? codesOf({ values: causes, exact: true }, wanted).map(({ code, count }) => option(box, "failure_reason", code, count)) : [];
  const counts = new Map(found.map(({ parameter, value, count }) => [`${parameter} ${value}`, count]));
  const may = fitting(wanted, zone, new Date()).map(({ parameter, value }) => option(box, parameter, value, counts.get(`${parameter} ${value}`) ?? null));
  if (isCode(wanted) && codes.length === 0 && !isAsking) codes.push(option(box, "failure_reason", wanted, null));
  const keys = new Set([...codes, ...may].map(({ key }) => key));
  const shown = found.filter((one) => one.parameter !== "failure_reason" || causes.indexOf(one) < MOST_CAUSES);
  const values = shown.map(({ parameter, value, count }) => option(box, parameter, value, count)).filter(({ key }) => !keys.has(key));
  const all = [...fields, ...choices, ...codes, ...may, ...values];
  if (all.length > 0 || isAsking) return all;
  return beginnings(wanted).map(({ parameter, value }) => option(box, parameter, value, null));
}

/** Of a field: what there is, and what is typed, which comes first where nothing begins with it, or where it finds more than one value. */
export function optionsOfField(box: Box, field: Field, found: Values | null): Option[] {
  const { filter, wanted, zone, take, takeTyped } = box;
  const { parameter, kind, choices, suggested } = field;
  const of = (value: string, count: number | null): Option => ({
    key: value, label: offered(parameter, value, zone), count: count === null ? null : number(count), take: () => take(parameter, value),
  });
  const own = (label: string): Option => ({ key: `own ${wanted}`, label, take: () => takeTyped(field) });
  if (choices) {
    const there = choices.filter((value) => wanted === "" || wanted === filter[parameter] || fits(valueName(parameter, value, zone), wanted));
    return there.length > 0 ? there.map((value) => of(value, null)) : [own(wanted)];
  }
  const there = (suggested ? (found?.values ?? []) : []).map(({ value, count }) => ({ ...of(value, count), label: value }));
  if (wanted === "") return there;
  if (parameter === "failure_reason" && /^\d+$/.test(wanted)) {
    const codes = codesOf(found ?? { values: [], exact: true }, wanted).map(({ code, count }) => of(code, count));
    const known = new Set(codes.map(({ key }) => key));
    const others = there.filter(({ key }) => !known.has(key));
    return known.has(wanted) || codes.length > 0 ? [...codes, ...others] : [own(offered(parameter, wanted, zone)), ...others];
  }
  const same = there.find(({ key }) => key === wanted);
  if (same && kind !== "prefix") return [same, ...there.filter((one) => one !== same)];
  const value = read(field, wanted, zone, new Date()).value;
  const isWhole = kind === "prefix" || !suggested || wanted.includes("/");
  const typed = own(value === undefined ? wanted : isWhole ? offered(parameter, value, zone) : t("exactly", { value }));
  return isWhole || there.length === 0 ? [typed, ...there] : [...there, typed];
}

/** What a value of a field may look like, where nothing says it. */
export function hintOf(field: Field | undefined, zone: string): string {
  switch (field?.kind) {
    case undefined: return t("filterHint");
    case "address": return t("hintAddress");
    case "duration": return t("hintDuration");
    case "milliseconds": return t("hintMilliseconds");
    case "time": return `${t("timeHint")} · ${t("timesIn", { zone })}`;
    default: return "";
  }
}
