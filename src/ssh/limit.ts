/** A deadline together with the caller's abort signal. */
export type Limit = {
  /** Aborts when either is up. */
  readonly signal: AbortSignal;
  /** Whether it was the time, not the caller. */
  isTimedOut(): boolean;
  /** Releases the timer and the listener; call it in `finally`. */
  release(): void;
};

export function startLimit(timeoutMs: number, caller?: AbortSignal): Limit {
  const controller = new AbortController();
  let isTimedOut = false;
  const onAbort = () => controller.abort();
  const timer = setTimeout(() => {
    isTimedOut = true;
    controller.abort();
  }, timeoutMs);
  if (caller?.aborted) onAbort();
  caller?.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    isTimedOut: () => isTimedOut,
    release() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onAbort);
    },
  };
}

/** Waits; answers early when aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** Answers undefined when aborted before the promise settles; the promise itself runs on. */
export function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
