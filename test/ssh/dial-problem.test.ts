import { expect, test } from 'vitest';
import { connectionClosedProblem, connectProblem } from '../../src/ssh/dial-problem.ts';
import type { Target } from '../../src/ssh/target.ts';
import { PLAIN } from './terms.ts';

const target: Target = { ...PLAIN, address: '192.0.2.1', port: 22, user: 'root', timeoutMs: 10_000 };
const place = { target, address: '2001:db8::1' };

test.each([
  ['ENOTFOUND', 'dns-failed'],
  ['EAI_AGAIN', 'dns-failed'],
  ['ECONNREFUSED', 'connection-refused'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['EPERM', 'no-route'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['EMFILE', 'connect-failed'],
])('%s is %s, of the address that was dialled', (systemCode, code) => {
  const problem = connectProblem(place, systemCode);
  expect(problem).toMatchObject({ code, host: 'gw1', message: expect.stringContaining('2001:db8::1') });
  expect(problem.remedy).not.toBe('');
});

test('what a server says is shown without control characters, and not without end', () => {
  const { message } = connectionClosedProblem(place, 'greeting', `\u001b[2Jgo away\r\n${'x'.repeat(999)}`);
  expect(message).not.toMatch(/\p{Cc}/u);
  expect(message).toContain('go away');
  expect(message.length).toBeLessThan(400);
});
