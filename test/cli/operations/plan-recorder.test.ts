import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPlanRecorder } from '../../../src/cli/operations/plan-recorder.ts';
import type { PreparedProject, ProjectRequest } from '../../../src/cli/operations/prepare.ts';
import type { Standing } from '../../../src/gateway/standing.ts';
import { desiredState } from '../../gateway/desired.ts';

const standing: Standing = {
  families: [],
  sets: { live: '', canonical: '' },
  sysctls: { live: '', canonical: '' },
  leftSysctls: [],
  resets: [],
  owners: [],
  scope: 'tables',
};
const input = {
  desired: desiredState([]),
  checks: [],
  confirmWithinSeconds: 60,
  addresses: [],
  places: ['a'],
};
const job = { kind: 'plan', play: 'edge', wave: 1, attempt: 1, token: 't' } as const;

test('a plan with gateways that can rehearse nothing is not saved, and all of them are named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-recorder-'));
  try {
    const file = join(folder, 'edge.plan');
    const request = {
      cwd: folder,
      playbook: 'edge.yml',
      extraVars: [] as string[],
    } as unknown as ProjectRequest;
    const recorder = createPlanRecorder(
      file,
      request,
      { sources: [], plays: [] } as unknown as PreparedProject,
      false,
    );
    const unrehearsed = { ...standing, ownReading: { why: 'why not', undecided: [] } };
    const unchanged = { kind: 'unchanged', notes: [] } as const;
    recorder.planned({ ...job, host: 'gw1' }, input, unrehearsed, unchanged);
    recorder.planned({ ...job, host: 'gw2' }, input, standing, unchanged);
    recorder.planned({ ...job, host: 'gw3' }, input, unrehearsed, unchanged);
    const message = `${file} is not saved: the rules can't be rehearsed there (why not), so apply would refuse them`;
    await expect(recorder.save([])).rejects.toMatchObject({
      problems: [
        { code: 'plan-not-rehearsed', host: 'gw1', message },
        { code: 'plan-not-rehearsed', host: 'gw3', message },
      ],
    });
    expect(existsSync(file)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
