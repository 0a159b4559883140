import { visibleVars } from './list-output.ts';
import type { Host, Inventory, Vars } from './model.ts';
import { pythonText } from './python-text.ts';

export type GraphOptions = {
  /** The group at the top. */
  readonly top: string;
  /** Hosts to show. */
  readonly hosts: readonly Host[];
  /** Each group's own variables; without them no variables are shown. */
  readonly groupVars?: ReadonlyMap<string, Vars>;
};

/** The tree of groups and hosts as `ansible-inventory --graph` draws it. */
export function formatGraph(inventory: Inventory, options: GraphOptions): string {
  const shown = new Set(options.hosts.map(({ name }) => name));
  return `${groupLines(options.top, 0).join('\n')}\n`;

  function groupLines(name: string, depth: number): readonly string[] {
    const group = inventory.groups.get(name);
    const children = (group?.children ?? []).flatMap((child) => groupLines(child, depth + 1));
    const members = name === 'all' ? [] : (group?.hosts ?? []).filter((host) => shown.has(host));
    const hosts = members.flatMap((host) => [
      branch(host, depth + 1),
      ...varLines(inventory.hosts.get(host)?.vars, depth + 2),
    ]);
    return [
      branch(`@${name}:`, depth),
      ...children,
      ...hosts,
      ...varLines(options.groupVars?.get(name), depth + 1),
    ];
  }

  function varLines(vars: Vars | undefined, depth: number): readonly string[] {
    if (options.groupVars === undefined || vars === undefined) return [];
    const entries = Object.entries(visibleVars(vars)).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([name, value]) => branch(`{${name} = ${pythonText(value)}}`, depth));
  }
}

function branch(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`;
}
