import type { AnyAuthMethod } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import { createAuthentication } from '../../src/ssh/authentication.ts';
import { PLAIN } from './terms.ts';

/** A login by password alone, and what it does when the server says which methods are left. */
function login() {
  const target = { ...PLAIN, user: 'operator', password: new Sensitive('s3cret') };
  const authentication = createAuthentication(target, { offers: [], notes: [] });
  const next = (methodsLeft: readonly string[] | null): AnyAuthMethod | false => {
    let method: AnyAuthMethod | false = false;
    const ended = authentication.next(methodsLeft, false, (chosen) => {
      if (typeof chosen !== 'object') throw new Error('only whole methods are chosen');
      method = chosen;
    });
    return ended === false ? false : method;
  };
  return { authentication, next };
}

/** What is answered to a server's questions. */
function answersTo(method: AnyAuthMethod | false, prompts: readonly { prompt: string; echo?: boolean }[]) {
  if (method === false || method.type !== 'keyboard-interactive')
    throw new Error('not by keyboard-interactive');
  let answers: readonly string[] = [];
  method.prompt('', '', '', [...prompts], (given) => {
    answers = given;
  });
  return answers;
}

describe('a login by password', () => {
  it('asks first what the server takes, and prefers to be asked', () => {
    const { next, authentication } = login();
    expect(next(null)).toEqual({ type: 'none', username: 'operator' });
    expect(next(['publickey', 'password', 'keyboard-interactive'])).toMatchObject({
      type: 'keyboard-interactive',
    });
    expect(authentication.isPasswordTold()).toBe(false);
  });

  it('is told once: refused in one way, it is no guess in the other', () => {
    const { next, authentication } = login();
    next(null);
    const asked = next(['password', 'keyboard-interactive']);
    expect(answersTo(asked, [{ prompt: '(operator) Password: ', echo: false }])).toEqual(['s3cret']);
    expect(answersTo(asked, [{ prompt: 'Password: ', echo: false }])).toEqual(['']);
    expect(next(['password', 'keyboard-interactive'])).toBe(false);
    expect(authentication.isExhausted()).toBe(true);
    expect(authentication.isPasswordTold()).toBe(true);
  });

  it.each([
    ['a code', [{ prompt: 'Verification code: ', echo: false }]],
    ['what would be shown', [{ prompt: 'Password: ', echo: true }]],
    [
      'a new one',
      [
        { prompt: 'New password: ', echo: false },
        { prompt: 'Retype new password: ', echo: false },
      ],
    ],
  ])('is no answer to %s; where the server takes it as such, it is told then', (_what, prompts) => {
    const { next } = login();
    next(null);
    expect(answersTo(next(['password', 'keyboard-interactive']), prompts)).toEqual(prompts.map(() => ''));
    expect(next(['password', 'keyboard-interactive'])).toEqual({
      type: 'password',
      username: 'operator',
      password: 's3cret',
    });
    expect(next(['password', 'keyboard-interactive'])).toBe(false);
  });

  it('is not told to a server that takes keys alone', () => {
    const { next, authentication } = login();
    next(null);
    expect(next(['publickey'])).toBe(false);
    expect(authentication.isPasswordTold()).toBe(false);
  });
});
