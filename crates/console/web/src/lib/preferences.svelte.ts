// What a person chose for this browser. It is kept here alone, and nothing depends on its being kept.

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

interface Preferences {
  theme: Theme;
  /** The tag of a language of the service; empty: that of the browser. */
  language: string;
  zone: string;
  density: Density;
  /** The columns of the table, in their order. Empty: those that are shown by default. */
  columns: string[];
  widths: Record<string, number>;
  shortcuts: boolean;
  views: { name: string; search: string }[];
}

const KEY = "deskledger";
const DEFAULTS: Preferences = {
  theme: "system",
  language: "",
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  density: "comfortable",
  columns: [],
  widths: {},
  shortcuts: true,
  views: [],
};

function kept(): Preferences {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return DEFAULTS;
  }
}

export const preferences: Preferences = $state(kept());

/** Keeps them as they change, and shows the theme. To be called by a component. */
export function keepPreferences(): void {
  $effect(() => {
    document.documentElement.dataset.theme = preferences.theme;
    try {
      localStorage.setItem(KEY, JSON.stringify(preferences));
    } catch {
      // A browser that keeps nothing shows the defaults next time.
    }
  });
}
