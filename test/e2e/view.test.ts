import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithLab } from '../lab/skip.ts';
import { createFleet, EDGE, type Fleet, HOLD, prepareHolds, reached } from './fleet.ts';
import { inTerminal } from './pty.ts';

const GATEWAYS = ['gw1', 'gw2', 'gw3'];
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const COLOUR = /\x1b\[[\d;]*m/;
/** Of the live region: its bar, its counts, the hosts in flight. */
const LIVE = /\[[#-]{5,}\]|waiting=|^ *gw\d +(connecting|planning|armed|checking)/m;

await describeWithLab('a run that is watched', () => {
  let fleet: Fleet;
  let marks = 0;
  beforeAll(async () => {
    fleet = await createFleet(GATEWAYS.length);
    const rollout = { canary: 1, serial: 2 };
    fleet.write('edge.yml', [{ ...EDGE, name: 'Edge', rollout }]);
    fleet.write('held.yml', [{ ...EDGE, name: 'Held', rollout, checks: [{ ...HOLD, timeout: '40s' }] }]);
    await prepareHolds(fleet);
  });
  afterAll(() => fleet.down());

  /** A change, each time another. */
  const change = () => {
    marks += 1;
    return ['apply', 'edge.yml', '-e', `mark=m${marks}`];
  };
  const recap = GATEWAYS.map((name) => {
    return `${name}                        : ok=1    changed=1    unreachable=0    failed=0    rolled_back=0`;
  });
  const done = /^Done in .*, 9 SSH logins: 3 changed\. Journal: \.sluice\/runs\/\S+$/;

  test.each([
    [80, 24],
    [40, 24],
    [200, 5],
  ])(
    'on a terminal of %d × %d ends with the recap, nothing of the live region, and a cursor',
    async (columns, rows) => {
      const { code, terminal } = await inTerminal(fleet, change(), { columns, rows }).ended;
      expect(code).toBe(0);
      expect(terminal.raw).toContain('\x1b[?25l');
      expect(terminal.raw).toMatch(LIVE);
      expect(terminal.isCursorHidden).toBe(false);
      expect(terminal.text).not.toMatch(LIVE);
      const lines = terminal.text.split('\n');
      expect(lines.slice(-5, -2)).toEqual(recap);
      expect(lines.at(-1)).toMatch(done);
      expect(lines.filter((line) => line.startsWith('changed: ['))).toHaveLength(3);
      expect(terminal.raw).toMatch(COLOUR);
    },
  );

  test('has no colours under NO_COLOR', async () => {
    const env = { NO_COLOR: '1' };
    const { terminal } = await inTerminal(fleet, change(), { columns: 80, rows: 24, env }).ended;
    expect(terminal.raw).toContain('\x1b[?25l');
    expect(terminal.raw).not.toMatch(COLOUR);
    expect(terminal.text).toMatch(/changed: \[gw3\]/);
  });

  test.each([
    ['through a pipe', {}, true],
    ['in CI, on a terminal', { CI: 'true' }, false],
    ['on a dumb terminal', { TERM: 'dumb' }, false],
  ])('%s has no control characters, and the same recap', async (_, env, isPiped) => {
    const shown = isPiped
      ? (await fleet.sluice(change(), env).ended).stdout
      : (await inTerminal(fleet, change(), { columns: 80, rows: 24, env }).ended).terminal.raw;
    expect(shown).not.toMatch(CONTROL);
    const lines = shown.trimEnd().split('\n');
    expect(lines.slice(-5, -2)).toEqual(recap);
    expect(lines.at(-1)).toMatch(done);
    expect(lines.filter((line) => /^\d\d:\d\d:\d\dZ changed: \[gw\d\] \(/.test(line))).toHaveLength(3);
  });

  test('Ctrl-C says what it waits for; pressed again, it leaves at once and gives the cursor back', async () => {
    const keyboard = inTerminal(fleet, ['apply', 'held.yml', '-e', 'mark=held'], { columns: 80, rows: 24 });
    await reached(fleet, 'gw1');
    keyboard.type('\x03');
    await keyboard.shows('SIGINT: no further host is started; 1 host in flight');
    keyboard.type('\x03');
    const { code, terminal } = await keyboard.ended;
    expect(code).toBe(130);
    expect(terminal.isCursorHidden).toBe(false);
    expect(terminal.text).not.toMatch(LIVE);
  });
});
