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

  /** Lets a parser read decrypted text: what it finds keeps its place and code, and loses the words, which may quote the text. */
  withoutQuotes<T>(parse: () => T): T {
    const [problems, warnings] = [this.problems.length, this.warnings.length];
    const result = parse();
    for (const [list, from] of [
      [this.problems, problems],
      [this.warnings, warnings],
    ] as const) {
      for (const [index, { code, file, line }] of list.entries())
        if (index >= from) list[index] = unquoted(code, file ?? '', line);
    }
    return result;
  }

  warn(code: string, place: Place, message: string, remedy: string): void {
    this.warnings.push({ code, ...place, message, remedy });
  }
}

function unquoted(code: string, file: string, line: number | undefined): Problem {
  const place = line === undefined ? { file } : { file, line };
  const message = `something is wrong with the decrypted text (${code}), which is not quoted here`;
  return { code, ...place, message, remedy: `Look at it yourself: ansible-vault view ${file}` };
}
