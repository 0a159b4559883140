import type { Exited } from './far.ts';
import type { ProbeOf } from './kind.ts';
import { oneLine, type Sight } from './sight.ts';
import { quote } from './words.ts';

/** Judges how a command ended: its exit code first, then the text that it must have printed. */
export function judgeCommand(expect: ProbeOf<'command'>['expect'], { code, stdout, stderr }: Exited): Sight {
  const said = oneLine(stderr, 120);
  const seen = `exit ${code}`;
  if (code !== expect.exitCode) return { verdict: 'fail', seen: said === '' ? seen : `${seen}: ${said}` };
  if (expect.stdout !== undefined && !stdout.includes(expect.stdout)) {
    return { verdict: 'fail', seen: `${seen}, stdout without ${quote(expect.stdout)}` };
  }
  return { verdict: 'pass', seen };
}
