import type { WrittenKind } from './check-kind.ts';
import { isMappingOf } from './check-target.ts';
import { parseDuration } from './duration.ts';
import { FaultError } from './fault.ts';
import type { WrittenCheck } from './schema-check.ts';

/** How long packets are counted where nothing is said, and what two looks at the rules may take besides. */
const OVER_SECONDS = 3;
const LOOKS_SECONDS = 5;

/** `counters: filter FORWARD`, with a text or the comment of its rules. */
export const writtenCounters: WrittenKind<'counters'> = {
  own: ['rule', 'comment', 'family', 'over'],
  places: 'gateway',
  timeoutSeconds: (written) => overOf(written) + LOOKS_SECONDS,
  expects: 'a counters check expects grow, stay, or a mapping of at_least',
  read: (target, written) => {
    const { expect = 'grow', rule, comment, family = 'ipv4' } = written;
    const chosen =
      comment === undefined
        ? ({ kind: 'text', text: rule ?? '' } as const)
        : ({ kind: 'comment', text: comment } as const);
    const base = { kind: 'counters', target, family, rule: chosen, overSeconds: overOf(written) } as const;
    if (expect === 'grow') return { ...base, expect: 1 };
    if (expect === 'stay') return { ...base, expect: 0 };
    if (!isMappingOf(expect, ['at_least']) || expect.at_least === undefined) return undefined;
    return { ...base, expect: expect.at_least };
  },
  fill: ({ target, family, rule, overSeconds, expect }, fill) => {
    const words = fill(target, 'target').trim().split(/\s+/);
    const [table = '', chain = ''] = words;
    if (words.length !== 2 || !/^[a-z]+$/.test(table) || !/^[\w.:+@-]{1,28}$/.test(chain))
      throw new FaultError('check-target', `"${target}" is not a table and a chain`, 'Write filter FORWARD.');
    const chosen = { kind: rule.kind, text: fill(rule.text, 'words') };
    return { kind: 'counters', family, table, chain, rule: chosen, overSeconds, expect };
  },
};

function overOf({ over }: WrittenCheck): number {
  return over === undefined ? OVER_SECONDS : Math.max(1, Math.ceil(parseDuration(over)));
}
