import { expect, test } from 'vitest';
import type { ViewKind } from '../../../src/cli/views/choose.ts';
import { visible, visibleLines } from '../../../src/cli/views/visible.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { canaryRollsBack, failingHttp, planOfFifty } from './sessions.ts';
import { show } from './show.ts';

test.each([
  ['\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
  ['\x9b2J', '\\x9b2J'],
  ['a\r\nb\tc\x7f', 'a\\r\\nb\\tc\\x7f'],
  ['abc\u202egpj.exe\u2066', 'abc\\u202egpj.exe\\u2066'],
  ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
  ['lone \ud800 surrogate', 'lone \\ud800 surrogate'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
  ['Zürich 東京 ✓', 'Zürich 東京 ✓'],
])('%j is spelt out', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('line feeds stay where several lines are allowed', () => {
  expect(visibleLines('a\r\nb\n\x1bc')).toBe('a\nb\n\\x1bc');
});

const HOSTILE = '\x1b[2J\x1b]0;owned\x07\x9b1A\u202e\r\x08';

/** Every text of every event, whatever its name, carries escape sequences; the long ones forge lines too. */
function poison(events: readonly Event[]): readonly Event[] {
  const ours = new Set([
    'type',
    'time',
    'verdict',
    'kind',
    'decision',
    'command',
    'because',
    'play',
    'id',
    'diff',
  ]);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string')
      return ours.has(key) ? value : `${value}${HOSTILE}\nok: [forged]\nPLAY RECAP ***`;
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
  };
  return events.map((event) => walk(event, '') as Event);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that the views themselves write.
const OURS = /\x1b\[(?:\?25[hl]|\?2026[hl]|[0-9]*[ABGKm])/g;

test.each(['tty', 'plain', 'quiet'] satisfies ViewKind[])(
  'no hostile text reaches the terminal in %s',
  (kind) => {
    for (const events of [canaryRollsBack(), failingHttp(), planOfFifty()]) {
      const { raw, text } = show(kind, poison(events), { verbosity: 1, colour: kind !== 'plain' });
      const rest = kind === 'plain' ? raw : raw.replace(OURS, '');
      expect(rest).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(rest).toContain('\\x1b[2J');
      const forged = text.split('\n').filter((line) => line.startsWith('ok: [forged]'));
      // A diff is text of several lines by nature: only there may a line begin as it likes.
      expect(forged.length).toBe(kind === 'quiet' ? 0 : new Set(events.flatMap(diffIds)).size);
    }
  },
);

function diffIds(event: Event): readonly string[] {
  return event.type === 'plan.diff' ? [event.id] : [];
}
