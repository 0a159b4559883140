import type { Unusable } from '../unusable.ts';
import type { Origin } from './origin.ts';

/** What is wrong at one place of a template: a problem that doesn't know its file and host yet. */
export type Fault = {
  readonly code: string;
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
  /** In which template; undefined: in the text itself that was given. */
  readonly origin?: Origin;
};

/** Leaves the expression that can't be evaluated; the statement around it catches it and goes on with the next one. */
export class FaultError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.name = 'FaultError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** What using a value is that can't be used. */
export function unusableFault({ code, message, remedy }: Unusable): FaultError {
  return new FaultError(code, message, remedy);
}

/** The fault of an error caught around a statement; anything but a `FaultError` is a defect of ours and goes on. */
export function faultAt(line: number, error: unknown): Fault {
  if (!(error instanceof FaultError)) throw error;
  return { code: error.code, line, message: error.message, remedy: error.remedy };
}

/** Faults without repetitions: a loop meets the same one again and again. */
export function distinct<
  T extends {
    readonly code: string;
    readonly file?: string;
    readonly line?: number;
    readonly message: string;
  },
>(faults: readonly T[]): readonly T[] {
  return [
    ...new Map(
      faults.map((fault) => [`${fault.code}\n${fault.file}\n${fault.line}\n${fault.message}`, fault]),
    ).values(),
  ];
}
