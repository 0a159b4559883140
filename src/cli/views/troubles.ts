import type { Event } from '../../rollout/events.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import type { Colours } from './colours.ts';
import { reasoned, reasonOf } from './host-lines.ts';
import { listHosts } from './host-list.ts';

/** Keeps, for each host that did not end well, how its last attempt ended: the reasons and remedies after the recap. */
export class Troubles {
  readonly #last = new Map<string, Trouble>();

  note({ play, outcome }: Extract<Event, { type: 'host.finished' }>): void {
    const key = JSON.stringify([play, outcome.host]);
    if (outcome.kind === 'ok' || outcome.kind === 'changed') this.#last.delete(key);
    else if (outcome.kind !== 'not_started') this.#last.set(key, outcome);
  }

  /** One paragraph for all hosts that failed in the same way and have the same remedy; the reasons told apart in it. */
  lines(colours: Colours): readonly string[] {
    const cases = casesOf([...this.#last.values()]);
    return groupBy(cases, ({ kind, remedy }) => JSON.stringify([kind, remedy])).flatMap((group) =>
      paragraph(group, colours),
    );
  }
}

type Trouble = Extract<Outcome, { problem: unknown }>;

/** A host's trouble in a form that can be compared: a text that no other host has gets `<host>` in place of its name. */
type Case = {
  readonly host: string;
  readonly kind: string;
  readonly reason: string;
  readonly remedy: string;
  /** As they were before the replacement: for a case that stands alone. */
  readonly own: { readonly reason: string; readonly remedy: string };
};

function casesOf(troubles: readonly Trouble[]): readonly Case[] {
  const owner = new Map<string, string>();
  const shared = new Set<string>();
  const textsOf = ({ problem }: Trouble) => ({ reason: reasonOf(problem), remedy: problem.remedy });
  for (const trouble of troubles) {
    for (const text of Object.values(textsOf(trouble))) {
      if (!owner.has(text)) owner.set(text, trouble.host);
      else if (owner.get(text) !== trouble.host) shared.add(text);
    }
  }
  const comparable = (text: string, host: string) => (shared.has(text) ? text : anonymous(text, host));
  return troubles.map((trouble) => {
    const { host, kind } = trouble;
    const own = textsOf(trouble);
    const reason = comparable(own.reason, host);
    return { host, kind: KIND[kind], reason, remedy: comparable(own.remedy, host), own };
  });
}

const KIND: { readonly [K in Trouble['kind']]: string } = {
  unreachable: 'unreachable',
  failed: 'failed',
  rolled_back: 'rolled back',
  interrupted: 'interrupted',
  unknown: 'state unknown',
};

function anonymous(text: string, host: string): string {
  const name = host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w.-])${name}(?![\\w-]|\\.\\w)`, 'g'), '<host>');
}

function paragraph(group: readonly Case[], colours: Colours): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const hosts = group.map(({ host }) => host);
  const { reason, remedy } = group.length === 1 ? first.own : first;
  const byReason = groupBy(group, (one) => one.reason);
  const reasons =
    byReason.length === 1
      ? reasoned('    reason:', deeper(reason), String)
      : byReason.flatMap((alike) =>
          reasoned(`    ${reasonLabel(alike)}:`, deeper(reasonText(alike)), String),
        );
  return [
    colours.red(`${first.kind}: ${listHosts(hosts)}`),
    ...reasons,
    ...(remedy === '' ? [] : reasoned('    remedy:', deeper(remedy), String)),
  ];
}

function reasonLabel(alike: readonly Case[]): string {
  return listHosts(alike.map(({ host }) => host));
}

function reasonText(alike: readonly Case[]): string {
  const [first] = alike;
  return (alike.length === 1 ? first?.own.reason : first?.reason) ?? '';
}

function deeper(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

/** Groups in order of first appearance. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
