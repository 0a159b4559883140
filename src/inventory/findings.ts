import type { Problem } from '../problem.ts';

/** Where a line stands that is being read. */
export type Place = { readonly file: string; readonly line?: number };

/** Collects what is wrong and what is doubtful over all files of an inventory, so that one run shows everything. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  fail(code: string, place: Place, message: string, remedy: string): void {
    this.problems.push({ code, ...place, message, remedy });
  }

  warn(code: string, place: Place, message: string, remedy: string): void {
    this.warnings.push({ code, ...place, message, remedy });
  }
}
