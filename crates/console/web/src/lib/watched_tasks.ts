// Exports in the background that were started here: when one is made, that is said, wherever somebody is by then.

import { downloadTask, stateOfTask } from "./export_list";
import { notify, withdraw } from "./notices.svelte";
import { said } from "./said";
import { t } from "./text.svelte";

const EVERY = 3000;
/** Longer is nothing watched: the list of exports shows it. */
const AT_MOST = 60 * 60_000;

/** Says when a task has ended. */
export function watchTask(project: string, task: string): void {
  const begun = Date.now();
  const look = async (): Promise<void> => {
    // One that cannot be asked about now may be later.
    const state = await stateOfTask(project, task).catch(() => "running" as const);
    if (state !== "running") withdraw(t("taskStarted"));
    if (state === "done") notify(t("taskDone"), { label: t("downloadExport"), act: () => void downloadTask(project, task).catch((error: unknown) => notify(said(error))) });
    else if (state === "failed") notify(t("taskFailed"));
    else if (state !== "gone" && Date.now() - begun < AT_MOST) setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY / 3);
}
