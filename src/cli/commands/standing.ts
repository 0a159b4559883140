import type { GatewayReport, LockReport, TransactionReport } from '../../gateway/report.ts';
import { formatDuration } from '../views/duration.ts';

/** What a gateway is at, in one line: `idle, last confirmed: edge 2026-11-21T04:16:44Z by me@here`. */
export function formatStanding(report: GatewayReport): string {
  const { layout, lock, transactions } = report;
  if (layout === undefined && lock === undefined && transactions.length === 0)
    return 'never managed by sluice';
  const [newest] = transactions;
  const standing = lock === undefined ? 'idle' : formatLock(lock, transactions);
  const isNews = lock === undefined && newest !== undefined && newest.state !== 'confirmed';
  return [standing, ...(isNews ? [formatEnd(newest)] : []), formatConfirmed(transactions)].join('; ');
}

/** A line for each transaction, the newest first. */
export function formatTransactions({ transactions }: GatewayReport): readonly string[] {
  return transactions.map((transaction) => {
    const { token, play, since, owner, isLast, undoOf } = transaction;
    const facts = [
      ...(isLast ? ['current'] : []),
      ...(undoOf === undefined ? [] : [`takes back ${undoOf}`]),
      `play ${play}`,
      `begun ${since} by ${owner}`,
    ];
    return `${token}: ${formatEnd(transaction)}; ${facts.join(', ')}`;
  });
}

function formatLock(lock: LockReport, transactions: readonly TransactionReport[]): string {
  const { token, owner, play, since, state, secondsLeft } = lock;
  const whose = `by ${owner} since ${since} (play ${play}, transaction ${token})`;
  const due = transactions.find((transaction) => transaction.token === token)?.due;
  const left = `${secondsLeft} s left`;
  switch (state) {
    case 'prepared':
      return due === undefined
        ? `prepared, nothing changed yet, ${left}, ${whose}`
        : `locked ${whose}, whose session is gone and has changed nothing: the next run frees it, or sluice unlock`;
    case 'armed':
    case 'applying':
    case 'confirming':
      return `${state}, ${left}, ${whose}`;
    case 'applied':
      return `applied and waiting for its confirm, ${left}, ${whose}`;
    case 'rolling':
      return `being rolled back, ${whose}`;
    default:
      return `locked ${whose}, which is over (${state ?? 'gone'}): the next run frees it, or sluice unlock`;
  }
}

function formatEnd({ state, rolledBackBy, reason, endedSecondsAgo }: TransactionReport): string {
  const ago = endedSecondsAgo === undefined ? '' : ` ${formatDuration(endedSecondsAgo * 1000)} ago`;
  const by = rolledBackBy === undefined ? '' : ` by ${rolledBackBy}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${state.replace('_', ' ')}${ago}${by}${why}`;
}

function formatConfirmed(transactions: readonly TransactionReport[]): string {
  const last = transactions.filter(({ isLast }) => isLast);
  if (last.length === 0) return 'nothing confirmed yet';
  return `last confirmed: ${last.map(({ play, since, owner }) => `${play} ${since} by ${owner}`).join(', ')}`;
}
