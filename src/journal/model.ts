import type { RolloutPolicy } from '../playbook/model.ts';

/** Of the files in a run's folder; a reader refuses those it does not know. */
export const LAYOUT = 1;

/** Beside `run.json`, of a run that can be resumed. */
export const RESUME_FILE = 'resume.json';

/** Who ran what: the part of a run that is known before its first event. */
export type RunRecord = {
  readonly command: string;
  readonly argv: readonly string[];
  readonly playbook: string;
  readonly inventories: readonly string[];
  /** user@host of the person who runs this. */
  readonly operator: string;
  readonly version: string;
  /** Why, in the words of that person. */
  readonly reason?: string;
  /** The git repository of the playbook (or of the project) when the run began; absent where there is none. */
  readonly git?: Revision;
  /** Of a rollback: the run whose end it goes back to. */
  readonly to?: string;
  /** Who writes this journal: tells a run that goes on from one that was killed. */
  readonly process?: ProcessRecord;
  /** How each play rolls out, in the order in which they run. */
  readonly plays?: readonly PlayRecord[];
  /** The sources of the inventory that it had to itself, and how long it waited for them. */
  readonly lock?: { readonly sources: readonly string[]; readonly waitedMs: number };
  /** The schedule that started it, where a person didn't. */
  readonly schedule?: string;
};

export type Revision = {
  /** The whole hash of the commit. */
  readonly revision: string;
  /** Nothing in the work tree differs from it, and nothing is untracked. */
  readonly clean: boolean;
};

export type ProcessRecord = {
  readonly host: string;
  readonly pid: number;
  /** Of the kernel: tells apart processes that had the same number. Absent where /proc doesn't say. */
  readonly started?: string;
};

export type PlayRecord = {
  readonly id: string;
  readonly name: string;
  readonly policy: RolloutPolicy;
};

/** A copy of a file that a run was made from. */
export type InputRecord = {
  /** As the user named it. */
  readonly path: string;
  /** The copy, within the run's folder. */
  readonly file: string;
  /** Of its content, in hexadecimal. */
  readonly sha256: string;
};
