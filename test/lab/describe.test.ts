import { expect, test } from 'vitest';
import { describeLab } from '../../src/lab/describe.ts';

const desk = {
  name: 'desk',
  address: '10.65.255.250',
  address6: 'fd00:65::d:1',
  sideAddress: '10.64.255.3',
  backend: 'nft',
} as const;
const lab = { id: 'lab-1a2b', gateways: [], desk, backends: [], inventoryFile: '/run/inventory' };

test('the only lab needs no name in what to type next; beside others it is named', () => {
  expect(describeLab(lab, true)).toContain('\n  sluice lab run -- sluice inventory --graph\n');
  expect(describeLab(lab, false)).toContain(
    '\n  sluice lab run --lab lab-1a2b -- sluice inventory --graph\n',
  );
});
