import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDialer } from '../../src/ssh/dialer.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';

describe.skipIf(!hasSshd)('a real sshd that lets three at a time begin', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ config: ['MaxStartups 3'] });
  });
  afterAll(() => sshd.stop());

  test('sixty at once all come in, by trying again', async () => {
    const dialer = createDialer({ home: sshd.path('nowhere') });
    const target = sshd.target({ timeoutMs: 250_000 });
    const dialled = await Promise.all(Array.from({ length: 60 }, () => dialer.dial(target)));
    const problems = dialled.flatMap((each) => (each.kind === 'unreachable' ? [each.problem] : []));
    for (const each of dialled) if (each.kind === 'connected') each.remote.close();
    expect(problems).toEqual([]);
    // It writes down a login a moment after it let it in.
    await expect.poll(sshd.logins, { timeout: 60_000 }).toBe(60);
  });
});
