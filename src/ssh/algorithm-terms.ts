import type { Problem } from '../problem.ts';
import { cipherChoice, compressed, keyExchangeChoice, macChoice } from './algorithms.ts';
import { problemAt } from './config/model.ts';
import type { Resolved } from './config/resolve.ts';
import { booleanOf } from './config/values.ts';
import { hostKeyAlgorithmsOf } from './host-key.ts';
import type { Terms } from './terms.ts';

/** What ssh_config says about algorithms; a list that leaves nothing is a problem. */
export function algorithmsOf(
  first: Resolved['first'],
  problems: Problem[],
): Pick<Terms, 'algorithms' | 'hostKeyAlgorithms'> {
  const read = <Choice>(slot: string, choose: (list: string) => Choice | undefined): Choice | undefined => {
    const setting = first.get(slot);
    if (setting === undefined) return undefined;
    const [list = ''] = setting.words;
    const choice = choose(list);
    if (choice === undefined) {
      const message = `${setting.name} ${list} leaves nothing that sluice speaks`;
      problems.push(
        problemAt(setting.origin, 'unsupported-ssh-option', message, 'Add an algorithm that ssh2 has.'),
      );
    }
    return choice;
  };
  const cipher = read('ciphers', cipherChoice);
  const hmac = read('macs', macChoice);
  const kex = read('kexalgorithms', keyExchangeChoice);
  const hostKeys = read('hostkeyalgorithms', (list) => {
    const allowed = hostKeyAlgorithmsOf(list);
    return allowed.length === 0 ? undefined : allowed;
  });
  return {
    algorithms: {
      ...(cipher === undefined ? {} : { cipher }),
      ...(hmac === undefined ? {} : { hmac }),
      ...(kex === undefined ? {} : { kex }),
      ...(booleanOf(first.get('compression')?.words[0] ?? '') === true ? compressed : {}),
    },
    hostKeyAlgorithms: hostKeys ?? hostKeyAlgorithmsOf(),
  };
}
