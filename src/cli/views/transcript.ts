import { formatProblem } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import { formatBanner } from './banner.ts';
import { Changes } from './changes.ts';
import type { Colours } from './colours.ts';
import { complianceLines, Standings } from './compliance-lines.ts';
import {
  checkLines,
  hostEndLines,
  reasoned,
  rolledBackLines,
  type SizeOfChange,
  type StartedOutcome,
} from './host-lines.ts';
import { count, listHosts } from './host-list.ts';
import { lintSummary } from './lint-summary.ts';
import { fateOf, recapLines } from './recap.ts';
import { Story } from './story.ts';
import {
  answeredLine,
  bakedLine,
  bakingLine,
  dropsLines,
  gateLine,
  resumedLine,
  rollbackTitle,
  verifiedLines,
  waveLines,
} from './story-lines.ts';
import { applyTotals, driftTotals, planTotals, verifyTotals } from './totals.ts';
import { Troubles } from './troubles.ts';

/** Lines that belong together. `progress` and `trouble` happen at a moment; the others are read as blocks. */
export type Passage = {
  readonly kind: 'banner' | 'progress' | 'trouble' | 'changes' | 'summary';
  readonly lines: readonly string[];
};

export type Manner = {
  readonly colours: Colours;
  readonly verbosity: number;
  readonly diff: boolean;
  /** A line for each host, also for those that were in line already, however many they are. */
  readonly everyHost: boolean;
  /** Asked at each banner: a terminal may change its width. */
  readonly columns: () => number;
};

/** Up to this many hosts in a play, each has its line; of more, only those to which something happened. */
const FEW_HOSTS = 20;

/** What remains of a run on the screen: turns each event into the lines, if any, that it is worth. */
export class Transcript {
  readonly #manner: Manner;
  readonly #changes: Changes;
  readonly #troubles = new Troubles();
  readonly #flights = new Map<string, { startedMs: number; size?: SizeOfChange; isToldBack?: true }>();
  readonly #diffs = new Set<string>();
  readonly #standings = new Standings();
  readonly #story = new Story();
  #isPlan = false;
  #isDrift = false;
  #isVerify = false;
  readonly #verdicts = { pass: 0, fail: 0 };
  /** Of the play that runs. */
  #isReport = false;
  #journal = '';
  #hasFewHosts = true;
  #inLine: string[] = [];
  #wasComparison = false;

  constructor(manner: Manner) {
    this.#manner = manner;
    this.#changes = new Changes(manner.diff);
  }

  passages(event: Event): readonly Passage[] {
    const { colours, verbosity, columns } = this.#manner;
    this.#story.observe(event);
    switch (event.type) {
      case 'run.started': {
        this.#isPlan = event.command !== 'apply' && event.command !== 'rollback';
        this.#isDrift = event.command === 'drift';
        this.#isVerify = event.command === 'verify';
        if (this.#isDrift) this.#changes.title = 'apply would change on';
        this.#journal = event.journal;
        const what = `${event.command} ${event.playbook} on ${event.inventories.join(', ')}`;
        const line = `sluice ${event.version}: ${what}, by ${event.operator}, ${event.forks} at once${event.journal === '' ? '' : `, journal ${event.journal}`}`;
        return verbosity > 0 ? [{ kind: 'progress', lines: [line] }] : [];
      }
      case 'play.started': {
        const ended = this.#endWave();
        this.#hasFewHosts = event.hosts.length <= FEW_HOSTS;
        this.#isReport = event.enforce === false;
        this.#changes.show(this.#manner.diff || this.#isReport);
        const lines = ['', formatBanner(`PLAY [${event.name}]`, columns()), ...waveLines(event.waves)];
        if (this.#isReport && !this.#isPlan) lines.push('enforce: false, so nothing is changed');
        return [...ended, { kind: 'banner', lines }];
      }
      case 'wave.started': {
        this.#changes.comparing(this.#isComparison(event.wave));
        const title = `WAVE [${event.title}: ${listHosts(event.hosts, 4)}]`;
        return [...this.#endWave(), { kind: 'banner', lines: ['', formatBanner(title, columns())] }];
      }
      case 'host.started':
        this.#flights.set(event.host, { startedMs: Date.parse(event.time) });
        return [];
      case 'plan.diff':
        this.#changes.diff(event);
        return [];
      case 'host.compared':
        this.#standings.note(event);
        // Where a plan follows, that tells the rest.
        if (this.#isComparison(event.wave)) this.#changes.compared(event);
        return [];
      case 'host.planned': {
        this.#changes.planned(event);
        if (event.diff !== undefined) this.#diffs.add(event.diff);
        const flight = this.#flights.get(event.host);
        if (flight !== undefined) flight.size = event;
        return [];
      }
      case 'check.observed': {
        this.#verdicts[event.verdict === 'pass' ? 'pass' : 'fail'] += 1;
        const isShown = verbosity > 0 || (this.#isVerify && this.#listsAll());
        if (event.verdict === 'pass' && !isShown) return [];
        // What fails before a change is nothing gone wrong yet.
        const isNews = event.verdict !== 'pass' && event.isBefore !== true;
        return [{ kind: isNews ? 'trouble' : 'progress', lines: checkLines(event, colours) }];
      }
      case 'host.rolledBack': {
        const flight = this.#flights.get(event.host);
        if (flight !== undefined) flight.isToldBack = true;
        return [{ kind: 'trouble', lines: rolledBackLines(event, colours) }];
      }
      case 'host.finished':
        return this.#finishHost(event);
      case 'gate.decided': {
        if (event.decision === 'proceed') {
          const line = `gate: went on after [${this.#story.waveOf(event)}]: ${event.arithmetic}`;
          const told = verbosity > 0 ? [{ kind: 'progress', lines: [line] } as const] : [];
          return [...this.#endWave(), ...told];
        }
        return [
          ...this.#endWave(),
          { kind: 'trouble', lines: ['', gateLine(event, this.#story.waveOf(event), colours)] },
        ];
      }
      case 'wave.baking':
        return [{ kind: 'progress', lines: [bakingLine(event, this.#story.waveOf(event))] }];
      case 'wave.baked': {
        const kind = event.decision === 'proceed' ? 'progress' : 'trouble';
        return [{ kind, lines: [bakedLine(event, this.#story.waveOf(event), colours)] }];
      }
      case 'host.verified': {
        const lines = verifiedLines(event, colours);
        return lines.length === 0 ? [] : [{ kind: 'trouble', lines }];
      }
      case 'drops.compared': {
        if (!event.isOver && verbosity === 0) return [];
        return [{ kind: event.isOver ? 'trouble' : 'progress', lines: dropsLines(event, colours) }];
      }
      case 'rollback.started':
        if (event.extent === 'wave') return [];
        return [
          {
            kind: 'banner',
            lines: ['', formatBanner(rollbackTitle(event, this.#story.waveOf(event)), columns())],
          },
        ];
      case 'approval.asked':
        return [
          ...this.#endWave(),
          { kind: 'trouble', lines: ['', ...this.#story.askedLines(event, colours)] },
        ];
      case 'approval.given':
        return [{ kind: 'trouble', lines: [answeredLine(event, colours)] }];
      case 'run.resumed':
        return [{ kind: 'trouble', lines: ['', resumedLine(event)] }];
      case 'interrupt.received': {
        const flights = count(event.inFlight, 'host');
        const line = `${event.signal}: no further host is started; ${flights} in flight to be confirmed or rolled back first`;
        return [{ kind: 'trouble', lines: [colours.yellow(line)] }];
      }
      case 'warning':
        return [
          { kind: 'trouble', lines: reasoned('[WARNING]:', formatProblem(event.problem), colours.magenta) },
        ];
      case 'lint.found':
        return lintSummary(event.findings, colours).map((line) => ({ kind: 'trouble', lines: [line] }));
      case 'run.finished':
        return [...this.#endWave(), ...this.#endRun(event)];
      case 'host.measured':
      case 'sleep.started':
      case 'host.connected':
      case 'host.armed':
      case 'host.applied':
      case 'host.confirmed':
        return [];
    }
  }

  #finishHost(event: Extract<Event, { type: 'host.finished' }>): readonly Passage[] {
    const { outcome } = event;
    const flight = this.#flights.get(event.host);
    this.#flights.delete(event.host);
    this.#troubles.note(event);
    this.#standings.noteEnd(event, this.#isReport && !this.#isPlan);
    const compared = this.#isComparison(event.wave) ? this.#standings.last(event) : undefined;
    if (outcome.kind === 'ok' && !this.#listsAll()) {
      this.#wasComparison = this.#isComparison(event.wave);
      this.#inLine.push(event.host);
      return [];
    }
    const isTold = outcome.kind === 'rolled_back' && flight?.isToldBack === true;
    // Hosts that did not start are named together after the recap: they can be thousands.
    if (isTold || outcome.kind === 'not_started') return [];
    if (compared !== undefined) return [compliancePassage(compared, outcome, this.#manner.colours)];
    const elapsedMs = flight === undefined ? undefined : Date.parse(event.time) - flight.startedMs;
    const lines = hostEndLines({ outcome, size: flight?.size, elapsedMs }, this.#manner.colours);
    return [{ kind: outcome.kind === 'ok' || outcome.kind === 'changed' ? 'progress' : 'trouble', lines }];
  }

  /** A drift, the look before an `apply --only-drifted`, or a play that only reports. */
  #isComparison(wave: number): boolean {
    return this.#isDrift || wave === 0 || (this.#isReport && !this.#isPlan);
  }

  #listsAll(): boolean {
    return this.#hasFewHosts || this.#manner.everyHost || this.#manner.verbosity > 0;
  }

  #endWave(): readonly Passage[] {
    const { colours } = this.#manner;
    const word = this.#wasComparison ? 'in compliance' : 'ok';
    const inLine = this.#inLine.length === 0 ? [] : [colours.green(`${word}: ${listHosts(this.#inLine)}`)];
    this.#inLine = [];
    const changes = this.#isPlan ? [] : this.#changes.take(colours);
    return [
      ...(inLine.length > 0 ? [{ kind: 'progress', lines: inLine } as const] : []),
      ...(changes.length > 0 ? [{ kind: 'changes', lines: changes } as const] : []),
    ];
  }

  #endRun(event: Extract<Event, { type: 'run.finished' }>): readonly Passage[] {
    const { colours, verbosity, columns } = this.#manner;
    const changes = this.#changes.take(colours);
    const notStarted = event.recap
      .filter((row) => fateOf(row) === 'not started' && !this.#standings.isLeft(row.host))
      .map(({ host }) => host);
    const troubles = [
      ...this.#troubles.lines(colours),
      ...this.#standings.leftLines(colours),
      ...(notStarted.length > 0 ? [colours.cyan(`not started: ${listHosts(notStarted)}`)] : []),
    ];
    if (this.#isDrift) return this.#endDrift(event, changes, troubles);
    const totals = this.#isVerify
      ? verifyTotals(event, this.#verdicts, this.#journal)
      : this.#isPlan
        ? planTotals(event, this.#diffs.size, this.#journal)
        : [applyTotals(event, this.#journal)];
    const lines = [
      '',
      formatBanner('PLAY RECAP', columns()),
      ...recapLines(event.recap, verbosity > 0 ? Number.POSITIVE_INFINITY : FEW_HOSTS, colours),
      ...(troubles.length > 0 ? ['', ...troubles] : []),
      '',
      ...totals,
      ...this.#story.waitingLines(event),
    ];
    return [
      ...(changes.length > 0 ? [{ kind: 'changes', lines: changes } as const] : []),
      { kind: 'summary', lines },
    ];
  }

  /** A comparison changed nothing: what counts is how the gateways stand. */
  #endDrift(
    event: Extract<Event, { type: 'run.finished' }>,
    changes: readonly string[],
    troubles: readonly string[],
  ): readonly Passage[] {
    const lines = [
      ...(troubles.length > 0 ? ['', ...troubles] : []),
      '',
      ...driftTotals(event, this.#standings.counts(), this.#journal),
    ];
    return [
      ...(changes.length > 0 ? [{ kind: 'changes', lines: changes } as const] : []),
      { kind: 'summary', lines },
    ];
  }
}

function compliancePassage(
  compared: Extract<Event, { type: 'host.compared' }>,
  outcome: StartedOutcome,
  colours: Colours,
): Passage {
  // What differs is what a comparison looks for: it is told even where little is.
  const kind = outcome.kind === 'ok' ? 'progress' : 'trouble';
  return { kind, lines: complianceLines(compared, outcome, colours) };
}
