/*
 * How long the biggest rule sets take to be read, normalised and compared.
 *
 *   node bench/ruleset.mjs [RULES]        50 000 rules unless told
 *
 * Each step runs in a process of its own, so that its peak of memory is its own. Prints the medians of a few turns. Fails where
 * parsing and comparing together take more than 1.5 s of CPU or more than 500 MB at 50 000 rules.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const TURNS = 3;
const LIMITS = { seconds: 1.5, mb: 500, rules: 50_000 };
const rules = Number(process.argv[2] ?? LIMITS.rules);
const [step, bundle] = process.argv.slice(3);

if (step === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    await measure(await bundled(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
} else await work(step);

async function measure(file) {
  print(
    `${rules} rules in 50 chains, of the other side 1 % changed, added, removed or moved; medians of ${TURNS}:\n`,
  );
  print(`${''.padEnd(14)}${'wall s'.padStart(8)}${'CPU s'.padStart(8)}${'MB at most'.padStart(12)}`);
  const figures = {};
  for (const name of ['parse', 'normalise', 'diff', 'parse + diff']) {
    const turns = Array.from({ length: TURNS }, () => run(name, file));
    figures[name] = {
      s: median(turns.map(({ s }) => s)),
      cpu: median(turns.map(({ cpu }) => cpu)),
      mb: median(turns.map(({ mb }) => mb)),
    };
    print(
      `${name.padEnd(14)}${figures[name].s.toFixed(2).padStart(8)}${figures[name].cpu.toFixed(2).padStart(8)}${figures[name].mb.toFixed(0).padStart(12)}`,
    );
  }
  const both = figures['parse + diff'];
  if (rules <= LIMITS.rules && (both.cpu > LIMITS.seconds || both.mb > LIMITS.mb)) process.exitCode = 1;
}

/** dist holds whole programs; the steps are bundled by themselves. */
async function bundled(folder) {
  const sources = new URL('../src/ruleset/', import.meta.url).pathname;
  const [entry, file] = [join(folder, 'entry.ts'), join(folder, 'ruleset.mjs')];
  const names = { parseSave: 'save.ts', normaliseRuleset: 'canonical/ruleset.ts', diffRulesets: 'diff.ts' };
  const lines = Object.entries(names).map(([name, from]) => `export { ${name} } from '${sources}${from}';`);
  writeFileSync(entry, lines.join('\n'));
  await build({ input: entry, platform: 'node', output: { file }, logLevel: 'silent' });
  return file;
}

function run(name, file) {
  const argv = [fileURLToPath(import.meta.url), `${rules}`, name, file];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

async function work(name) {
  const { parseSave, normaliseRuleset, diffRulesets } = await import(bundle);
  const [before, after] = [textOf(writtenRules()), textOf(edited(writtenRules()))];
  const steps = {
    parse: () => parseSave(before),
    normalise: () => normaliseRuleset(before, 'ipv4', 'nft'),
    diff: () => diffRulesets(before, after, ['filter']),
    'parse + diff': () => [parseSave(before), parseSave(after), diffRulesets(before, after, ['filter'])],
  };
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = steps[name]();
  const s = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  const cpu = (user + system) / 1e6;
  if (result.unsure?.length > 0) throw new Error(`unsure of ${JSON.stringify(result.unsure[0])}`);
  print(JSON.stringify({ s, cpu, mb: process.resourceUsage().maxRSS / 1024 }));
}

/** What gateways have many of: addresses, ports, states, comments, marks. */
function writtenRules() {
  return Array.from({ length: rules }, (_, at) => {
    const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
    const chain = `C${at % 50}`;
    const port = 1 + (at % 65_000);
    return [
      `-A ${chain} -s ${address}/32 -p tcp -m tcp --dport ${port} -j ACCEPT`,
      `-A ${chain} -d ${address}/32 -i eth0 -p udp -m udp --dport ${port} -m comment --comment "rule ${at}" -j ACCEPT`,
      `-A ${chain} -s ${address}/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A ${chain} -s ${address}/32 -p tcp -m multiport --dports 80,443,${port} -m limit --limit 5/min -j LOG --log-prefix "in: "`,
    ][at % 4];
  });
}

function edited(lines) {
  const result = lines.flatMap((line, at) => {
    if (at % 400 === 0) return [];
    if (at % 400 === 100) return [line.replace('ACCEPT', 'DROP')];
    return at % 400 === 200 ? [line, `-A C1 -s 192.0.2.${at % 256}/32 -j DROP`] : [line];
  });
  for (let at = 1000; at + 700 < result.length; at += 2000)
    result.splice(at + 500, 0, ...result.splice(at, 5));
  return result;
}

function textOf(lines) {
  const chains = Array.from({ length: 50 }, (_, at) => `:C${at} - [0:0]`);
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains,
    ...lines,
    'COMMIT',
    '',
  ].join('\n');
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
