import type { Lab } from './lab.ts';

/** Of a large lab, so many gateways are shown. */
const SHOWN = 6;

/**
 * What a person needs to know of a lab that was just made: what there is, and what to type next.
 *
 * @param isOnly whether it is the only lab of this machine, which needs not be named
 */
export function describeLab(
  {
    id,
    gateways,
    desk,
    backends,
    inventoryFile,
  }: Pick<Lab, 'id' | 'gateways' | 'desk' | 'backends' | 'inventoryFile'>,
  isOnly: boolean,
): string {
  const run = isOnly ? 'sluice lab run' : `sluice lab run --lab ${id}`;
  const gatewayRows = gateways.map(({ name, address, address6, backend }) => {
    return [name, address, address6, `sshd, iptables (${backend})`];
  });
  const backendRows = backends.map(({ name, address, address6 }) => [
    name,
    address,
    address6,
    `answers http with its name`,
  ]);
  const deskRow = [desk.name, desk.address, desk.address6, 'sshd; a client in the LAN'];
  const [gateway] = gateways;
  return `${id} is up: ${describeSize(gateways.length, backends.length)}, a controller, a client and a desk.

${table([...shortened(gatewayRows), ...shortened(backendRows), deskRow])}

Inventory: ${inventoryFile}

Next:
  ${run} -- sluice inventory --graph
  ${run} --in client -- curl http://${gateway?.address}/
  ${run} --in ${gateway?.name} -- iptables-save
  sluice lab down ${id}
`;
}

/** `3 gateways, 1 backend` */
export function describeSize(gateways: number, backends: number): string {
  return `${gateways} gateway${gateways === 1 ? '' : 's'}, ${backends} backend${backends === 1 ? '' : 's'}`;
}

function shortened(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.length <= SHOWN ? rows : [...rows.slice(0, SHOWN - 1), [`… ${rows.length - SHOWN + 1} more`]];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row.length > 1 ? (row[column] ?? '').length : 0))),
  );
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
