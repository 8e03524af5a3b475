// What changes while somebody looks: asked again and again, for as long as the page is seen.

/** Does something every so many milliseconds while the page is seen. What it returns ends that. */
export function every(milliseconds: number, act: () => void): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") act();
  }, milliseconds);
  return () => clearInterval(timer);
}
