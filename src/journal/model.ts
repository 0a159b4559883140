/** Of the files in a run's folder; a reader refuses those it does not know. */
export const LAYOUT = 1;

/** Who ran what: the part of a run that is known before its first event. */
export type RunRecord = {
  readonly command: string;
  readonly argv: readonly string[];
  readonly playbook: string;
  readonly inventories: readonly string[];
  /** user@host of the person who runs this. */
  readonly operator: string;
  readonly version: string;
  /** The schedule that started it, where a person didn't. */
  readonly schedule?: string;
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
