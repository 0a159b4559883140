import type { GatewayScripts } from '../../gateway/program.ts';
import { type GatewayReport, reportGateway, type TransactionReport } from '../../gateway/report.ts';
import { transactionStatus } from '../../gateway/transaction.ts';
import type { Problem } from '../../problem.ts';
import type { Remote } from '../../remote.ts';
import { askEachHost, type HostsRequest, type Unanswered, unanswered } from './each-host.ts';
import { troublesOf } from './troubles-of.ts';

/** A rollback that was left undone may take its time; a sudo that hangs must not hold its fork for ever. */
const askMs = 180_000;

/** A transaction that nobody on its gateway would have ended; asking did. */
export type Settled = { readonly token: string; readonly due: string; readonly state: string };

/** How a gateway stands. `attention`: a person must do something, and each problem says what. */
export type HostStatus =
  | {
      readonly kind: 'ok' | 'attention';
      readonly host: string;
      readonly report: GatewayReport;
      readonly settled: readonly Settled[];
      readonly problems: readonly Problem[];
    }
  | Unanswered;

/**
 * Asks every host of a pattern how its transactions stand, and ends those that are overdue and that nobody there would
 * end; `answered` hears each as it comes.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export function statusOfHosts(
  request: HostsRequest,
  answered: (status: HostStatus) => void,
): Promise<readonly HostStatus[]> {
  return askEachHost(request, statusOf, answered);
}

async function statusOf(host: string, remote: Remote, scripts: GatewayScripts): Promise<HostStatus> {
  const signal = AbortSignal.timeout(askMs);
  const first = await reportGateway(remote, scripts, signal);
  if (first.kind !== 'reported') return unanswered(host, first);
  const overdue = first.transactions.filter(isOverdue);
  if (overdue.length === 0) return stood(host, first, []);
  for (const { token } of overdue) {
    const trial = await transactionStatus(remote, scripts, token, signal);
    if (trial.kind !== 'state') return unanswered(host, trial);
  }
  const second = await reportGateway(remote, scripts, signal);
  if (second.kind !== 'reported') return unanswered(host, second);
  const settled = overdue.flatMap(({ token, due = '' }) => {
    const now = second.transactions.find((transaction) => transaction.token === token);
    return now === undefined || now.due !== undefined ? [] : [{ token, due, state: now.state }];
  });
  return stood(host, second, settled);
}

function isOverdue({ due }: TransactionReport): boolean {
  return due === 'takeover' || due === 'lost_reboot';
}

function stood(host: string, report: GatewayReport, settled: readonly Settled[]): HostStatus {
  const problems = troublesOf(host, report);
  return { kind: problems.length === 0 ? 'ok' : 'attention', host, report, settled, problems };
}
