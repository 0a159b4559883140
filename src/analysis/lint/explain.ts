import { LINTS } from './checks.ts';
import type { Lint } from './model.ts';

/** What the manual says of one mistake, in Markdown; `--explain` prints it as it is. */
export function explain({ id, severity, title, why, fix, bad, good }: Lint): string {
  return [
    `### ${id}: ${title} (${severity})`,
    why,
    `Wrong:\n\n\`\`\`\n${bad}\n\`\`\``,
    fix,
    `Right:\n\n\`\`\`\n${good}\n\`\`\`\n`,
  ].join('\n\n');
}

/** All of them in a table. */
export function listLints(): string {
  const row = ({ id, severity, title }: Lint) => `| ${id} | ${severity} | ${title} |`;
  return ['| id | severity | what |', '|---|---|---|', ...LINTS.map(row), ''].join('\n');
}
