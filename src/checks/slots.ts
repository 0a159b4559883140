import type { Remote } from '../remote.ts';

/** An sshd lets ten programs run over one connection (`MaxSessions`), and refuses the next; the transaction's own takes one. */
export const SLOTS = 8;

/** Of each connection, how many programs run over it and who waits. */
const busy = new WeakMap<Remote, { running: number; readonly waiting: Set<() => void> }>();

/** Works once the connection has room for another program; waiting spends the deadline, not the work's own time. */
export async function withSlot<T>(
  remote: Remote,
  cut: AbortSignal,
  work: () => Promise<T>,
): Promise<T | 'cut'> {
  const slots = busy.get(remote) ?? { running: 0, waiting: new Set() };
  busy.set(remote, slots);
  while (slots.running >= SLOTS) {
    if (cut.aborted) return 'cut';
    await turn(slots.waiting, cut);
  }
  if (cut.aborted) return 'cut';
  slots.running += 1;
  try {
    return await work();
  } finally {
    slots.running -= 1;
    const [next] = slots.waiting;
    next?.();
  }
}

function turn(waiting: Set<() => void>, cut: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      waiting.delete(go);
      cut.removeEventListener('abort', go);
      resolve();
    };
    waiting.add(go);
    cut.addEventListener('abort', go, { once: true });
  });
}
