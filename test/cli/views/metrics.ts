/** Reads Prometheus' text format strictly, as its documentation has it: sample → value; throws at anything doubtful. */
export function readMetrics(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\[\\n])*)$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$/.exec(line);
    if (help !== null) {
      if (types.has(help[1] ?? '')) throw new Error(`a second group of ${help[1]}`);
      current = help[1] ?? '';
    } else if (type !== null) {
      if (type[1] !== current) throw new Error(`TYPE away from its HELP: ${line}`);
      types.set(current, type[2] ?? '');
    } else if (sample !== null) {
      const [, name = '', , labels = '', value = ''] = sample;
      if (name !== current || !types.has(name)) throw new Error(`a sample outside its group: ${line}`);
      if (!/^(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!$)|$))*$/.test(labels))
        throw new Error(`labels that don't parse: ${line}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (samples.has(key)) throw new Error(`twice: ${key}`);
      if (!Number.isFinite(Number(value))) throw new Error(`no number: ${line}`);
      samples.set(key, Number(value));
    } else throw new Error(`no line of the format: ${line}`);
  }
  return samples;
}
