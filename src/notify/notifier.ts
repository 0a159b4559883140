import type { NoticeKind } from '../playbook/model.ts';
import type { Problem } from '../problem.ts';
import type { Event } from '../rollout/events.ts';
import { createNotices, type Notice } from './notices.ts';
import { send, type Target } from './send.ts';

/** Who is told, of what. */
export type Subscriber = {
  readonly play: string;
  readonly on: readonly NoticeKind[];
  readonly target: Target;
  /** The entry of the playbook. */
  readonly file: string;
  readonly line: number;
};

export type Notifier = {
  /** Starts what is to be sent, and waits for nothing: a run goes on beside it. */
  readonly observe: (event: Event) => void;
  /** Takes in what was told by an earlier process of the run. */
  readonly remember: (event: Event) => void;
  /** Waits a little for what is under way; answers a warning for each message that did not arrive. */
  readonly settle: () => Promise<readonly Problem[]>;
};

const sendMs = 10_000;

/** @param settleMs how long the end of a run waits for messages */
export function createNotifier(subscribers: readonly Subscriber[], settleMs = 5_000): Notifier {
  const notices = createNotices();
  const leaving = new AbortController();
  const sending: Promise<Problem | undefined>[] = [];
  const tell = (notice: Notice) => {
    const body = JSON.stringify(notice.payload);
    const once = new Set<string>();
    for (const one of subscribers) {
      if (!one.on.includes(notice.kind) || (notice.play ?? one.play) !== one.play) continue;
      // Several plays may name the same.
      const key = keyOf(one.target);
      if (once.has(key)) continue;
      once.add(key);
      const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(sendMs)]);
      sending.push(
        send(one.target, body, signal)
          .then((why) => why && failed(one, notice.kind, why))
          .then((problem) => problem || undefined),
      );
    }
  };
  return {
    observe: (event) => notices.of(event).forEach(tell),
    remember: (event) => void notices.of(event),
    settle: async () => {
      const timer = setTimeout(() => leaving.abort(), settleMs);
      const problems = await Promise.all(sending);
      clearTimeout(timer);
      return problems.flatMap((problem) => problem ?? []);
    },
  };
}

function keyOf(target: Target): string {
  return target.kind === 'webhook' ? `webhook ${target.url.reveal()}` : JSON.stringify(target.argv);
}

function failed({ file, line, target }: Subscriber, kind: NoticeKind, why: string): Problem {
  return {
    code: 'notification-failed',
    file,
    line,
    message: `nobody was told of "${kind}" by this ${target.kind}: ${why}`,
    remedy: 'The run is not concerned by it. docs/notifications.md says what is sent.',
  };
}
