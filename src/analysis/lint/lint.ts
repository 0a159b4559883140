import { LINTS } from './checks.ts';
import type { Finding, Hit, Lint, LintRuleset } from './model.ts';

/** All that is found in one rule set, once an id and line. Lines that nobody wrote have no findings. */
export function lintRuleset(ruleset: LintRuleset): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const lint of LINTS) {
    for (const hit of lint.find(ruleset)) {
      const finding = findingOf(lint, hit);
      if (finding === undefined) continue;
      const key = keyOf(finding);
      if (!found.has(key)) found.set(key, finding);
    }
  }
  return [...found.values()];
}

export function keyOf({ id, place }: Pick<Finding, 'id' | 'place'>): string {
  return `${id} ${place.file}:${place.line}`;
}

function findingOf(lint: Lint, { at, message, severity, fix, cutsAccess }: Hit): Finding | undefined {
  if (at.place === undefined) return undefined;
  const text = 'rule' in at ? at.rule.text : 'words' in at ? at.words.join(' ') : undefined;
  return {
    id: lint.id,
    severity: severity ?? lint.severity,
    place: at.place,
    message,
    fix: fix ?? lint.fix,
    ...(text === undefined ? {} : { text }),
    ...(cutsAccess === undefined ? {} : { cutsAccess }),
  };
}
