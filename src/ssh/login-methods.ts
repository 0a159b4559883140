import { keywords } from './config/keywords.ts';
import { isNone, placeOf, type Setting } from './config/model.ts';
import type { Resolved } from './config/resolve.ts';
import { booleanOf } from './config/values.ts';
import type { Terms } from './terms.ts';

/** The methods that sluice can log in with. */
export type Method = 'publickey' | 'keyboard-interactive' | 'password';

/** In OpenSSH's order of preference. */
const allMethods: readonly Method[] = ['publickey', 'keyboard-interactive', 'password'];
const switchOf: { readonly [method in Method]: string } = {
  publickey: 'pubkeyauthentication',
  'keyboard-interactive': 'kbdinteractiveauthentication',
  password: 'passwordauthentication',
};

/** How to log in, in the order in which it is tried. */
export function methodsOf(word: (slot: string) => string | undefined): readonly Method[] {
  const preferred = word('preferredauthentications')?.split(',') ?? allMethods;
  const isOff = (method: Method) => booleanOf(word(switchOf[method]) ?? '') === false;
  return preferred.flatMap((name) => allMethods.filter((method) => method === name && !isOff(method)));
}

/** What ssh_config asks for and sluice doesn't do, or switches off: it could have helped to log in. */
export function loginNotesOf(
  first: Resolved['first'],
  identityFiles: readonly Setting[],
  methods: readonly Method[],
): Terms['loginNotes'] {
  const unsupported = [...first.values()].flatMap((setting) => {
    const support = keywords.get(setting.keyword);
    const value = setting.words.join(' ');
    if (support?.kind !== 'noted' || support.off.includes(value.toLowerCase())) return [];
    return [
      {
        method: support.method,
        note: `${setting.name} ${value} (${placeOf(setting.origin)}): not supported`,
      },
    ];
  });
  const switchedOff = allMethods
    .filter((method) => !methods.includes(method))
    .flatMap((method) => {
      const setting = [first.get(switchOf[method]), first.get('preferredauthentications')].find(
        (each) => each !== undefined,
      );
      if (setting === undefined) return [];
      return [
        {
          method,
          note: `${method}: ${setting.name} ${setting.words.join(' ')} (${placeOf(setting.origin)})`,
        },
      ];
    });
  const noKeys = identityFiles.length > 0 && identityFiles.every(isNone) ? identityFiles.slice(0, 1) : [];
  return [
    ...unsupported,
    ...switchedOff,
    ...noKeys.map((setting) => ({
      method: 'publickey',
      note: `key files: IdentityFile none (${placeOf(setting.origin)})`,
    })),
  ];
}
