// Links and tasks, as one list.

import { client, data } from "./api";
import { downloadAgain, follow, startAgain } from "./exports";
import { Failure } from "./failure";
import { t } from "./text.svelte";
import type { components } from "../../generated/schema";

type Link = components["schemas"]["LinkBody"];
type Task = components["schemas"]["TaskBody"];

export interface Entry {
  key: string;
  kind: "link" | "task";
  id: string;
  /** The name of the file, where it has one already. */
  name: string;
  user: string | null;
  state: "waiting" | "running" | "done" | "broken" | "expired" | "cancelled" | "failed";
  rows: number;
  bytes: number;
  total: number | null;
  /** How large the file is, where that is known before. */
  totalBytes: number | null;
  /** Until when the file is kept, while it is. */
  keptUntil: string | null;
  reason: string | null;
  createdAt: string;
  /** What was sent for it, or for the task whose file it is; `null` where that is not known, or not for the caller. */
  parameters: Readonly<Record<string, string>> | null;
  /** The task that it is, or whose file it leads to. */
  task: string | null;
}

const MOST = 30;
/** Of how many tasks it is asked again and again how far they came. */
const MOST_ASKED = 4;
const STATE_OF_TASK = { CREATING: "running", SUCCESS: "done", FAIL: "failed", EXPIRED: "expired" } as const;

function ofLink(link: Link): Entry {
  return {
    key: `link ${link.id}`,
    kind: "link",
    id: link.id,
    name: "",
    user: link.user,
    state: link.state as Entry["state"],
    rows: link.rows,
    bytes: link.bytes,
    total: link.total_count,
    totalBytes: link.total_bytes,
    keptUntil: null,
    reason: link.error_code,
    createdAt: link.create_time,
    parameters: link.task_id && Object.keys(link.parameters).length === 0 ? null : link.parameters,
    task: link.task_id,
  };
}

function ofTask(task: Task): Entry {
  const state = STATE_OF_TASK[task.status as keyof typeof STATE_OF_TASK] ?? "running";
  return {
    key: `task ${task.task_id}`,
    kind: "task",
    id: task.task_id,
    name: task.file_name,
    user: task.user || null,
    state: state === "running" && task.rows === 0 && task.bytes === 0 ? "waiting" : state,
    rows: task.rows,
    bytes: task.bytes,
    total: task.total_count,
    totalBytes: null,
    keptUntil: task.expire_time ?? null,
    reason: task.fail_reason ?? null,
    createdAt: task.create_time,
    parameters: task.user ? task.parameters : null,
    task: task.task_id,
  };
}

/** The newest links and tasks of a project. */
export async function entries(project: string, signal: AbortSignal): Promise<Entry[]> {
  const path = { project_id: project };
  const [links, tasks] = await Promise.all([
    data(client.GET("/v2/{project_id}/connections/desktops/export-links", { params: { path }, signal })),
    data(client.GET("/v2/{project_id}/export-tasks", { params: { path, query: { limit: MOST } as never }, signal })),
  ]);
  // How far a task came is asked of those that may run, which are the oldest: the vendor's list has no such fields.
  const unfinished = tasks.export_tasks.filter((task) => task.status === "CREATING").sort((a, b) => a.create_time.localeCompare(b.create_time));
  const asked = new Set(unfinished.slice(0, MOST_ASKED).map((task) => task.task_id));
  const shown = await Promise.all(
    tasks.export_tasks.map((task) => (asked.has(task.task_id) ? details(project, task, signal) : knownOf(project, task, signal))),
  );
  return [...links.export_links.map(ofLink), ...shown.map(ofTask)].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

type TaskLine = components["schemas"]["TaskLine"];

/** What is known of tasks by their identifiers: who asked for what does not change, and what has ended does not go on. */
const known = new Map<string, Task>();

/** A task with what was found out about it before, which is asked for once in each of its states. */
async function knownOf(project: string, task: TaskLine, signal: AbortSignal): Promise<Task> {
  const found = known.get(task.task_id);
  if (found?.status === task.status) return { ...found, ...task };
  return details(project, task, signal);
}

async function details(project: string, task: TaskLine, signal: AbortSignal): Promise<Task> {
  const path = { project_id: project, task_id: task.task_id };
  try {
    const found = await data(client.GET("/v2/{project_id}/export-tasks/{task_id}", { params: { path }, signal }));
    known.set(task.task_id, found);
    return found;
  } catch (error) {
    // That of somebody else is in the list, but what they asked for is not for the caller.
    if (!(error instanceof Failure) || error.status !== 404) throw error;
    const found = { ...task, user: "", parameters: {}, rows: 0, bytes: 0, total_count: null, expire_time: null };
    known.set(task.task_id, found);
    return found;
  }
}

/** How far a task is; `gone` where it was deleted, or nobody is signed in any more. */
export async function stateOfTask(project: string, task: string): Promise<"running" | "done" | "failed" | "gone"> {
  const path = { project_id: project, task_id: task };
  try {
    const { status } = await data(client.GET("/v2/{project_id}/export-tasks/{task_id}", { params: { path } }));
    return status === "SUCCESS" ? "done" : status === "CREATING" ? "running" : "failed";
  } catch (error) {
    if (error instanceof Failure && !error.passes) return "gone";
    throw error;
  }
}

/** Whether it is the download of a file that a task made. */
export function isOfFile(entry: Entry): boolean {
  return entry.kind === "link" && entry.task !== null;
}

/** Asks for the same once more, in the same way. What it returns is the task, where one makes it. */
export async function again(project: string, entry: Entry): Promise<string | null> {
  if (!entry.parameters) return null;
  if (entry.kind === "task") return startAgain(project, entry.parameters);
  await downloadAgain(project, entry.parameters);
  return null;
}

/** Cancels or deletes it. What has ended is deleted with its file. */
export async function end(project: string, entry: Entry): Promise<void> {
  await (entry.kind === "link" ? cancelLink(project, entry.id) : deleteTask(project, entry.id));
}

async function cancelLink(project: string, link: string): Promise<void> {
  await data(client.DELETE("/v2/{project_id}/connections/desktops/export-links/{link_id}", { params: { path: { project_id: project, link_id: link } } }));
}

async function deleteTask(project: string, task: string): Promise<void> {
  await data(client.POST("/v2/{project_id}/export-tasks/batch-delete", { params: { path: { project_id: project } }, body: { task_ids: [task] } }));
}

/** Downloads the file of a task by a link, as the browser downloads any file. */
export async function downloadTask(project: string, task: string): Promise<void> {
  const path = { project_id: project, task_id: task };
  try {
    const link = await data(client.POST("/v2/{project_id}/export-tasks/{task_id}/export-links", { params: { path } }));
    follow(link.url);
  } catch (error) {
    const isGone = error instanceof Failure && (error.status === 404 || error.status === 410);
    throw isGone ? new Failure(error.status, error.code, t("fileGone"), error.requestId) : error;
  }
}
