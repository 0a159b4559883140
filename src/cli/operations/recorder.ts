import type { Journal } from '../../journal/journal.ts';
import type { Event } from '../../rollout/events.ts';

/** Writes a run down, and never breaks it off in its middle. */
export type Recorder = {
  readonly append: (event: Event) => void;
  readonly keep: (host: string, token: string, name: string, text: string) => void;
  /** Why the journal can't be written any more: no further host may start, and those in flight come to their end. */
  readonly failure: () => unknown;
};

/** A journal that fails must not leave a gateway on trial: the failure is kept, and told once the hosts in flight have ended. */
export function createRecorder(journal: Pick<Journal, 'append' | 'hostFile'> | undefined): Recorder {
  let failure: unknown;
  return {
    append: (event) => {
      try {
        journal?.append(event);
      } catch (error) {
        failure ??= error;
      }
    },
    keep: (host, token, name, text) => {
      try {
        journal?.hostFile(host, token, name, text);
      } catch (error) {
        failure ??= error;
      }
    },
    failure: () => failure,
  };
}
