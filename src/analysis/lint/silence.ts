import type { Allow } from './allow.ts';
import { lintOf } from './checks.ts';
import { keyOf } from './lint.ts';
import type { Finding } from './model.ts';

/**
 * Takes out what allow comments silence, and adds what is wrong with the comments.
 *
 * @param isWhole all that the files can become was looked at: a comment that silences nothing is told
 */
export function silence<F extends Finding>(
  findings: readonly F[],
  allows: readonly Allow[],
  isWhole: boolean,
): { readonly findings: readonly (F | Finding)[]; readonly silenced: number } {
  const valid = new Map<string, Allow>();
  const about: Finding[] = [];
  for (const allow of allows) {
    const known = lintOf(allow.id);
    if (known === undefined)
      about.push(fault('C2', allow, allow.id === '' ? 'it names no id' : `there is no ${allow.id}`));
    else if (allow.reason === '')
      about.push(fault('C1', allow, `it gives no reason, so ${known.id} is told all the same`));
    else if (allow.line !== undefined)
      valid.set(keyOf({ id: known.id, place: { file: allow.place.file, line: allow.line } }), allow);
    else if (isWhole) about.push(fault('C3', allow, 'no rule follows it'));
  }
  const used = new Set<string>();
  const left = findings.filter((finding) => {
    const key = keyOf(finding);
    if (!valid.has(key)) return true;
    used.add(key);
    return false;
  });
  const idle = [...valid].filter(([key]) => isWhole && !used.has(key));
  about.push(
    ...idle.map(([, allow]) =>
      fault('C3', allow, `line ${allow.line} has no finding ${lintOf(allow.id)?.id}`),
    ),
  );
  return { findings: [...left, ...about], silenced: findings.length - left.length };
}

function fault(id: 'C1' | 'C2' | 'C3', { place }: Allow, message: string): Finding {
  const lint = lintOf(id);
  return { id, severity: lint?.severity ?? 'warning', place, message, fix: lint?.fix ?? '' };
}
