import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerReader, firstValue } from '../../src/gateway/answers.ts';

async function* pieces(text: string, sizes: readonly number[] = [text.length]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const file = '*filter\n#sluice end trap\n-A INPUT -m comment --comment "é"\nCOMMIT\n';
const text = [
  'Welcome to gw1!',
  '#sluice value backend nft',
  `#sluice file live.ipv4 ${Buffer.byteLength(file)}`,
  `${file}`,
  '#sluice file empty 0',
  '',
  '#sluice problem locked me holds the lock',
  '#sluice end prepared',
  '#sluice end applied',
  '',
].join('\n');

test('answers come whole and one by one, however the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      async (sizes) => {
        const answers = new AnswerReader(pieces(text, sizes));
        const first = await answers.next();
        expect(first).toMatchObject({
          end: 'prepared',
          problems: [{ code: 'locked', text: 'me holds the lock' }],
        });
        expect(first?.files.get('live.ipv4')).toBe(file);
        expect(first?.files.get('empty')).toBe('');
        expect(first && firstValue(first, 'backend')).toBe('nft');
        expect(await answers.next()).toMatchObject({ end: 'applied', values: [] });
        expect(await answers.next()).toBeUndefined();
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

test('an answer that was cut off, anywhere, is none', async () => {
  const whole = text.indexOf('#sluice end prepared') + '#sluice end prepared\n'.length;
  for (let length = 0; length < whole; length++) {
    expect(await new AnswerReader(pieces(text.slice(0, length), [7])).next()).toBeUndefined();
  }
});
