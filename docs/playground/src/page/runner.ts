// Who asks the worker. One question is on its way at a time; of those that come meanwhile only the newest waits. A run that
// hangs, or that holds up a newer question for long, is ended with its worker, and a new worker goes on.

import type { Answer, Input, Question, Start } from "../protocol.js";

/** A run may take so long. */
export const LONGEST_RUN = 5000;
/** And so long when a newer question waits. */
const LONGEST_OUTDATED_RUN = 1500;

/** What can become of a question. */
export interface Listener {
  answered(answer: Answer): void;
  /** The run was ended; the next question is answered again. */
  stopped(): void;
  /** The worker broke; the next question gets a new one. */
  failed(message: string): void;
}

/** The worker as one thing that is asked and answers. */
export class Runner {
  readonly #start: Start;
  readonly #listener: Listener;
  readonly #script: string;
  #worker: Worker | undefined;
  #flying: { id: number; since: number; timer: number } | undefined;
  #waiting: Input | undefined;
  #count = 0;

  /** `source` is the worker's script: kept as text, so that a new worker needs no server. */
  constructor(source: string, start: Start, listener: Listener) {
    this.#script = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.#start = start;
    this.#listener = listener;
  }

  /** Asks; an older question that is not on its way yet is forgotten. */
  ask(input: Input): void {
    if (this.#flying === undefined) {
      this.#send(input);
      return;
    }
    this.#waiting = input;
    clearTimeout(this.#flying.timer);
    this.#flying.timer = this.#alarm(this.#flying.since + LONGEST_OUTDATED_RUN);
  }

  #send(input: Input): void {
    this.#count += 1;
    const since = performance.now();
    this.#flying = { id: this.#count, since, timer: this.#alarm(since + LONGEST_RUN) };
    const question: Question = { id: this.#count, input };
    this.#worker ??= this.#hire();
    this.#worker.postMessage(question);
  }

  #alarm(at: number): number {
    return window.setTimeout(() => this.#stop(), Math.max(0, at - performance.now()));
  }

  /** Ends the run that is on its way. */
  #stop(): void {
    this.#dismiss();
    this.#goOn(() => this.#listener.stopped());
  }

  /** Ends the worker; the next question gets a new one. */
  #dismiss(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** The question that waits is sent; if none does, `told` is done. */
  #goOn(told: () => void): void {
    clearTimeout(this.#flying?.timer);
    this.#flying = undefined;
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next === undefined) told();
    else this.#send(next);
  }

  #hire(): Worker {
    const worker = new Worker(this.#script, { name: "boltrope" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#receive(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.#dismiss();
      this.#goOn(() => this.#listener.failed(event.message || "the worker could not be started"));
    });
    worker.postMessage(this.#start);
    return worker;
  }

  #receive(answer: Answer): void {
    if (answer.id === this.#flying?.id) this.#goOn(() => this.#listener.answered(answer));
  }
}
