import { expect, test } from 'vitest';
import { chooseView } from '../../../src/cli/views/choose.ts';

const TERMINAL = { isTTY: true };

test.each([
  ['a terminal', {}, TERMINAL, 'tty', true],
  ['a pipe', {}, {}, 'plain', false],
  ['a build server with a terminal', { CI: 'true' }, TERMINAL, 'plain', false],
  ['CI=false', { CI: 'false' }, TERMINAL, 'tty', true],
  ['a dumb terminal', { TERM: 'dumb' }, TERMINAL, 'plain', false],
  ['NO_COLOR', { NO_COLOR: '1' }, TERMINAL, 'tty', false],
  ['NO_COLOR=0, which is set', { NO_COLOR: '0' }, TERMINAL, 'tty', false],
  ['an empty NO_COLOR, which is not', { NO_COLOR: '' }, TERMINAL, 'tty', true],
])('auto on %s', (_, env, stream, kind, colour) => {
  expect(chooseView({ json: false, env, stream })).toEqual({ kind, colour });
  expect(chooseView({ progress: 'auto', json: false, env, stream })).toEqual({ kind, colour });
});

test('what is asked for is done, also on a build server', () => {
  const env = { CI: '1' };
  expect(chooseView({ progress: 'tty', json: false, env, stream: {} }).kind).toBe('tty');
  expect(chooseView({ progress: 'plain', json: false, env: {}, stream: TERMINAL })).toEqual({
    kind: 'plain',
    colour: false,
  });
  expect(chooseView({ progress: 'quiet', json: false, env: {}, stream: TERMINAL })).toEqual({
    kind: 'quiet',
    colour: true,
  });
  expect(chooseView({ progress: 'quiet', json: false, env: {}, stream: {} })).toEqual({
    kind: 'quiet',
    colour: false,
  });
});

test('--json wins', () => {
  expect(chooseView({ progress: 'tty', json: true, env: {}, stream: TERMINAL })).toEqual({
    kind: 'json',
    colour: false,
  });
});
