import type { Remote } from '../remote.ts';
import type { DesiredState, Family, JumpPlace, Scope } from '../ruleset/model.ts';
import type { Answer } from './answers.ts';
import { ask, type NoAnswer, type Refused } from './asking.ts';
import { recall } from './commands.ts';
import type { GatewayScripts } from './program.ts';

/** What a gateway itself has kept of what a play wanted. */
export type Recalled = { readonly play: string } & (
  | {
      readonly kind: 'held';
      /** Of the transaction that brought it there. */
      readonly token: string;
      readonly desired: DesiredState;
      readonly confirmWithinSeconds: number;
    }
  /** The transaction is known by its name alone: gateways keep the last twenty. */
  | { readonly kind: 'gone'; readonly token: string }
  /** The play had nothing there yet. */
  | { readonly kind: 'nothing' }
);

export type RecallAnswer =
  | { readonly kind: 'recalled'; readonly plays: readonly Recalled[] }
  | Refused
  | NoAnswer;

/** What did each play of a gateway want once that run was done? Changes nothing. */
export async function recallPlays(
  remote: Remote,
  scripts: GatewayScripts,
  run: string,
  signal?: AbortSignal,
): Promise<RecallAnswer> {
  const answer = await ask(remote, recall(scripts, run), signal);
  if ('kind' in answer) return answer;
  if (answer.end !== 'recalled') return { kind: 'refused', refusals: answer.problems };
  return { kind: 'recalled', plays: answer.values.flatMap(({ key, value }) => playOf(key, value, answer)) };
}

function playOf(key: string, value: string, answer: Answer): readonly Recalled[] {
  const [play = '', token = '', window = ''] = value.split(' ');
  switch (key) {
    case 'nothing':
      return [{ play, kind: 'nothing' }];
    case 'gone':
      return [{ play, kind: 'gone', token }];
    case 'held': {
      const desired = desiredOf((name) => answer.files.get(`${name}.${play}`) ?? '');
      return [{ play, kind: 'held', token, desired, confirmWithinSeconds: Number(window) }];
    }
    default:
      return [];
  }
}

/** The other way round than what a transaction is sent: see `filesOf` in commands.ts. */
function desiredOf(text: (name: string) => string): DesiredState {
  const kept = new Set(linesOf(text('kept.sets')));
  const options = new Map(linesOf(text('options')).map(splitOnce));
  const scope = scopeOf(linesOf(text('options')));
  const spares = linesOf(text('options'))
    .map(splitOnce)
    .flatMap(([key, value]) => (key === 'spare' ? value : []));
  const setLines = linesOf(text('desired.sets'));
  const families: readonly Family[] = ['ipv4', 'ipv6'];
  return {
    rulesets: families.flatMap((family) => {
      const rules = text(`desired.${family}`);
      const tables = [...rules.matchAll(/^\*(\S+)$/gm)].map(([, table = '']) => table);
      return rules === '' ? [] : [{ family, text: rules, tables, sources: [] }];
    }),
    sets: setLines
      .filter((line) => line.startsWith('create '))
      .map((create) => {
        const name = create.split(' ')[1] ?? '';
        const members = setLines.filter((line) => line.startsWith(`add ${name} `));
        return { name, create, members, keepsMembers: kept.has(name), source: undefined };
      }),
    sysctls: linesOf(text('desired.sysctls'))
      .map(splitOnce)
      .map(([key, value]) => ({ key, value })),
    persist: options.get('persist') === 'yes',
    conntrack: options.get('conntrack') === 'flush_removed' ? 'flush_removed' : 'leave',
    ...(spares.length === 0 ? {} : { spares }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Undefined where whole tables were owned: nothing is said of it then. */
function scopeOf(options: readonly string[]): Scope | undefined {
  const words = options.map((line) => line.split(' '));
  const all = (name: string) => words.filter(([first]) => first === name).map(([, ...rest]) => rest);
  const one = (name: string) => all(name)[0]?.[0] ?? '';
  switch (one('scope')) {
    case 'tables':
      return { kind: 'tables', keep: all('keep').map(([glob = '']) => glob) };
    case 'chains':
      return { kind: 'chains', prefix: one('prefix'), mark: one('mark'), jumps: all('jump').map(jumpOf) };
    default:
      return undefined;
  }
}

function jumpOf([table = '', chain = '', at = '', anchor = '']: readonly string[]): JumpPlace {
  if (at === 'before' || at === 'after') return { table, chain, at, anchor };
  return { table, chain, at: at === 'last' ? 'last' : 'first' };
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf(' ');
  return [line.slice(0, at), line.slice(at + 1)];
}
