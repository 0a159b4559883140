import { expect, test } from 'vitest';
import { describeLab } from '../../src/lab/describe.ts';

const lab = { id: 'lab-1a2b', gateways: [], backends: [], inventoryFile: '/run/inventory' };

test('the only lab needs no name in what to type next; beside others it is named', () => {
  expect(describeLab(lab, true)).toContain('\n  sluice lab run -- sluice inventory --graph\n');
  expect(describeLab(lab, false)).toContain(
    '\n  sluice lab run --lab lab-1a2b -- sluice inventory --graph\n',
  );
});
