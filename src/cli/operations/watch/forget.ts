import { selectTags } from '../../../playbook/tags.ts';
import { isOld } from '../../../watch/findings.ts';
import { loadAll, type ProjectRequest } from '../prepare.ts';
import { readFindings, removeFindings, writeFindings } from './findings-file.ts';

/**
 * Forgets what was found of the backends of a playbook; what gateways hold by now is not forgotten, so that the next watch
 * brings back whom they leave out. Answers a line for each play.
 */
export async function forgetFindings(request: ProjectRequest): Promise<readonly string[]> {
  const { sources, loaded } = await loadAll(request);
  const lines: string[] = [];
  for (const { id, backends } of selectTags(loaded.plays, request.tags)) {
    if (backends.length === 0) continue;
    const place = { cwd: request.cwd, play: id, sources };
    const findings = await readFindings(place).catch(() => 'unreadable' as const);
    if (findings === undefined) continue;
    if (findings === 'unreadable') await removeFindings(place);
    else {
      const held = [...findings.gateways].flatMap(([name, { held: one }]) =>
        one === undefined ? [] : [[name, { backends: {}, held: one }] as const],
      );
      writeFindings(place, { ...findings, gateways: new Map(held) });
    }
    const isRunning = findings !== 'unreadable' && !isOld(findings, Date.now());
    lines.push(
      `${id}: what sluice watch found is forgotten${isRunning ? '; one that is running will find it again' : ''}.`,
    );
  }
  return lines.length > 0 ? lines : ['There was nothing to forget.'];
}
