/**
 * What stands behind `npm run build`, `npm run demo`, `npm test`, `npm run chaos` and `npm run check`: sees to it that everything they need is there,
 * then runs them. Plain JavaScript without dependencies, as it runs before there are any.
 */
const VERBS = ['build', 'demo', 'test', 'check', 'chaos'];
const OLDEST_NODE = [20, 19];

const [verb, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  const message = `sluice needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}.`;
  process.stderr.write(`${message}\nGet one from https://nodejs.org/en/download, or: nvm install 22\n`);
  process.exitCode = 1;
} else if (VERBS.includes(verb)) {
  // Only now: an old Node couldn't even read these.
  const verbs = await import('./verbs.mjs');
  process.exitCode = await verbs[verb](args);
} else {
  process.stderr.write(`usage: node src/bootstrap/main.mjs ${VERBS.join(' | ')} [argument ...]\n`);
  process.exitCode = 1;
}
