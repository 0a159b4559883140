import path from 'node:path';
import { type Adoption, adopt, type HostAdoption } from '../../adopt/adopt.ts';
import type { LiveHost } from '../../adopt/model.ts';
import type { GatewayScripts } from '../../gateway/program.ts';
import { surveyGateway } from '../../gateway/survey.ts';
import { ProblemsError } from '../../problem.ts';
import type { Remote } from '../../remote.ts';
import { existingFiles, writeNewProject } from './adopt-files.ts';
import { askHosts, chooseHosts, type HostsRequest, type Unanswered, unanswered } from './each-host.ts';

export type AdoptRequest = HostsRequest & {
  /** The project's folder. */
  readonly folder: string;
  /** Of the playbook, and of the folder of its templates. */
  readonly name: string;
};

/** What became of each host, and which files there are now. */
export type AdoptEnd = {
  readonly hosts: readonly (Exclude<HostAdoption, { kind: 'refused' }> | Unanswered)[];
  readonly groups: Adoption['groups'];
  /** As they were named, below the folder; the playbook first. Empty where nothing was written. */
  readonly written: readonly string[];
};

/** Saves of 10 000 rules are rehearsed in some seconds; a sudo that hangs must not hold its fork for ever. */
const surveyMs = 120_000;

/**
 * Reads what every host of a pattern has, and writes a playbook and templates that want exactly that. Nothing is changed on a gateway, and no file
 * that is there already is touched; the files appear whole, the playbook last, or not at all.
 * @throws ProblemsError when the inventory or the pattern is wrong, or the files are there already
 */
export async function adoptHosts(request: AdoptRequest): Promise<AdoptEnd> {
  const { folder, name } = request;
  // Before anybody is asked for a password.
  const existing = await existingFiles(folder, name);
  if (existing.length > 0) throw new ProblemsError(existing);
  const { inventory, hosts } = await chooseHosts(request);
  const answers = await askHosts(hosts, request, look, () => undefined);
  const live = answers.flatMap((answer) => ('kind' in answer ? [] : [answer]));
  const adoption = adopt(live, inventory, name);
  const written = adoption.files === undefined ? [] : await writeNewProject(folder, name, adoption.files);
  const became = new Map(adoption.hosts.map((one) => [one.host, one]));
  return {
    groups: adoption.groups,
    written: written.map((file) => path.join(folder, file)),
    hosts: answers.flatMap((answer): AdoptEnd['hosts'] => {
      if ('kind' in answer) return [answer];
      const one = became.get(answer.host);
      if (one === undefined) return [];
      return one.kind === 'refused' ? [{ ...one, kind: 'failed' }] : [one];
    }),
  };
}

async function look(host: string, remote: Remote, scripts: GatewayScripts): Promise<LiveHost | Unanswered> {
  const surveyed = await surveyGateway(remote, scripts, AbortSignal.timeout(surveyMs));
  if (surveyed.kind !== 'surveyed') return unanswered(host, surveyed);
  const { saves, sets, forwards, owners, lockedBy } = surveyed;
  // What is on trial may be gone in a minute.
  if (lockedBy !== undefined)
    return unanswered(host, { kind: 'refused', refusals: [{ code: 'locked', text: lockedBy }] });
  return { host, saves, sets, forwards, owners };
}
