"""How a table scrolls: what each frame took, and how many rows were in the document."""

# Scrolls the table by some pixels in each frame, for so many frames. At the end of what is loaded it waits for more.
SCROLL = """async ({ frames, pixels }) => {
  const grid = document.querySelector("[role=grid]");
  const tasks = [];
  const observer = PerformanceObserver.supportedEntryTypes.includes("longtask")
    ? new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))) : null;
  observer?.observe({ entryTypes: ["longtask"] });
  const deltas = [];
  let mostRows = 0, before = await new Promise(requestAnimationFrame);
  while (deltas.length < frames) {
    grid.scrollTop += pixels;
    const now = await new Promise(requestAnimationFrame);
    deltas.push(now - before);
    before = now;
    mostRows = Math.max(mostRows, grid.querySelectorAll("[role=rowgroup] [role=row]").length);
  }
  observer?.disconnect();
  const last = Math.max(...[...grid.querySelectorAll("[aria-rowindex]")].map((row) => Number(row.ariaRowIndex ?? row.getAttribute("aria-rowindex"))));
  return { deltas, tasks, mostRows, last };
}"""


def scroll(page, frames, pixels):
    """Scrolls the table of a page, and returns what was measured; times are in milliseconds."""
    found = page.evaluate(SCROLL, {"frames": frames, "pixels": pixels})
    deltas = sorted(found["deltas"])
    return {
        "p50": deltas[len(deltas) // 2],
        "p95": deltas[int(len(deltas) * 0.95)],
        "max": deltas[-1],
        "over_50": sum(delta > 50 for delta in deltas),
        "long_tasks": len(found["tasks"]),
        "longest_task": max(found["tasks"], default=0),
        "most_rows": found["mostRows"],
        "last_row": found["last"],
    }
