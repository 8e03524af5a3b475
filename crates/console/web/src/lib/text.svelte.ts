// The words of the console, in the languages of the service. A language that lacks a key, or has one more, does not build.

import english from "../messages/en_US";
import type { paths } from "../../generated/schema";
import { preferences } from "./preferences.svelte";

/** A text, or a text for each plural category of its language, of which `other` is always there. */
type Plural = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;
export type Messages = { [Key in keyof typeof english]: (typeof english)[Key] extends string ? string : Plural };
export type Key = keyof Messages;
type PluralKey = { [K in Key]: Messages[K] extends string ? never : K }[Key];
type TextKey = Exclude<Key, PluralKey>;
type Values = Readonly<Record<string, string | number>>;

type Served = NonNullable<NonNullable<paths["/v2/{project_id}/connections/desktops/export"]["get"]["parameters"]["query"]>["language"]>;

/** Their own names. One that the service has and this lacks does not build. */
export const LANGUAGES = {
  en_US: "English",
  zh_CN: "简体中文",
  es_ES: "Español",
  fr_FR: "Français",
  de_DE: "Deutsch",
  pt_BR: "Português",
  ja_JP: "日本語",
  ar_SA: "العربية",
} as const satisfies Record<Served, string>;
export type Language = keyof typeof LANGUAGES;
const TAGS = Object.keys(LANGUAGES) as Language[];

/** Each is a file of its own, which is loaded when it is chosen. */
const FILES = import.meta.glob<{ default: Messages }>("../messages/*.ts");

const shown = $state({ language: "en_US" as Language, messages: english as Messages });

/** The language of the service that fits the browser best. */
export function preferred(languages: readonly string[]): Language {
  for (const wanted of languages) {
    const [tongue] = wanted.toLowerCase().split("-");
    const found = TAGS.find((tag) => tag.toLowerCase() === wanted.toLowerCase().replace("-", "_")) ?? TAGS.find((tag) => tag.startsWith(`${tongue}_`));
    if (found) return found;
  }
  return "en_US";
}

/** Shows everything in the language that is preferred. */
export async function showLanguage(): Promise<void> {
  const language = TAGS.find((tag) => tag === preferences.language) ?? preferred(navigator.languages);
  const file = FILES[`../messages/${language}.ts`];
  shown.messages = file ? (await file()).default : english;
  shown.language = language;
  document.documentElement.lang = locale();
  document.documentElement.dir = isRightToLeft() ? "rtl" : "ltr";
}

/** The tag of the language, as the service writes it. */
export function language(): Language {
  return shown.language;
}

/** Whether the language is written from right to left. Time goes that way then, in charts as in arrows and the calendar. */
export function isRightToLeft(): boolean {
  return shown.language === "ar_SA";
}

/** The tag of the language, as browsers write it. Digits and the calendar are European everywhere, as in the files. */
export function locale(): string {
  const tag = shown.language.replace("_", "-");
  return shown.language === "ar_SA" ? `${tag}-u-ca-gregory-nu-latn` : tag;
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/** The text of a key, with its holes filled. */
export function t(key: TextKey, values: Values = {}): string {
  return filled(shown.messages[key], values);
}

/** The text of a key for a number, which fills `{count}`. */
export function plural(key: PluralKey, count: number, values: Values = {}): string {
  const forms = shown.messages[key];
  const form = forms[new Intl.PluralRules(locale()).select(count)] ?? forms.other;
  return filled(form, { count: new Intl.NumberFormat(locale()).format(count), ...values });
}

/** Whether a text that is made of a value is a key. */
export function isKey(key: string): key is TextKey {
  return typeof shown.messages[key as Key] === "string";
}

/** The text of a key that is made of a value, where there is one. */
export function labelled(group: string, value: string): string {
  const key = `${group}.${value}`;
  return isKey(key) ? t(key) : value;
}
