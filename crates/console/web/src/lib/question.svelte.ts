// A question to the service, whose answer a component shows: asked anew when what it depends on changes, the last one wins.

import { isAborted } from "./api";
import { Failure } from "./failure";

/** After how many milliseconds a skeleton is shown. */
const SLOW = 150;
const MOST_REPEATS = 5;

export class Question<T> {
  answer = $state<T | null>(null);
  failure = $state<Failure | null>(null);
  isAsking = $state(false);
  /** Whether it takes so long that something should be shown. */
  isSlow = $state(false);
  /** In how many seconds it is asked again, where the service asked for that. */
  waits = $state<number | null>(null);

  #controller: AbortController | null = null;
  #again: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #repeats = 0;

  /** Asks, and gives the question before up. */
  ask(question: (signal: AbortSignal) => Promise<T>): void {
    this.#repeats = 0;
    this.#again = () => void this.#run(question);
    this.#again();
  }

  /** Asks the same again. */
  repeat(): void {
    this.#repeats = 0;
    this.#again?.();
  }

  stop(): void {
    this.#controller?.abort();
    clearTimeout(this.#timer);
    this.isAsking = this.isSlow = false;
    this.waits = null;
  }

  async #run(question: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    this.isAsking = true;
    const slow = setTimeout(() => (this.isSlow = controller === this.#controller), SLOW);
    try {
      const answer = await question(controller.signal);
      if (controller !== this.#controller) return;
      this.answer = answer;
      this.failure = null;
    } catch (error) {
      if (controller !== this.#controller || isAborted(error)) return;
      this.#refused(error);
    } finally {
      clearTimeout(slow);
      if (controller === this.#controller) this.isAsking = this.isSlow = false;
    }
  }

  #refused(error: unknown): void {
    this.failure = error instanceof Failure ? error : new Failure(0, "", String(error));
    if (this.failure.passes && this.failure.retryAfter && this.#repeats < MOST_REPEATS) this.#wait(this.failure.retryAfter);
  }

  #wait(seconds: number): void {
    this.waits = seconds;
    this.#timer = setTimeout(() => {
      if (seconds > 1) return this.#wait(seconds - 1);
      this.#repeats += 1;
      this.waits = null;
      this.#again?.();
    }, 1000);
  }
}
