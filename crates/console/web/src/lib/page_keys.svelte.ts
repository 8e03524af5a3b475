// The keys of the page that is shown, which that page gives and takes back.

import type { Keys } from "./keyboard";

let given: Keys = {};

export function pageKeys(): Keys {
  return given;
}

/** Gives keys for as long as a component is there. To be called by a component. */
export function givePageKeys(keys: Keys): void {
  $effect(() => {
    given = keys;
    return () => {
      if (given === keys) given = {};
    };
  });
}
