/** Chunks on their way from a channel to the one who reads them. */
type ChunkQueue = {
  push(chunk: Uint8Array): void;
  /** No chunk follows: the reader finishes when it has read what is queued. */
  finish(): void;
  readonly chunks: AsyncIterable<Uint8Array>;
};

export function createChunkQueue(): ChunkQueue {
  let queued: Uint8Array[] = [];
  let isFinished = false;
  let wake: () => void = () => {};

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const ready = queued;
        queued = [];
        yield* ready;
        if (queued.length > 0) continue;
        if (isFinished) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      // A reader that stops early wants no more: what still comes is not kept.
      isFinished = true;
      queued = [];
    }
  }

  return {
    push(chunk) {
      if (isFinished) return;
      queued.push(chunk);
      wake();
    },
    finish() {
      isFinished = true;
      wake();
    },
    chunks: read(),
  };
}
