import { z } from 'zod';
import { duration, text } from './schema-words.ts';

/** Every key that some kind of expectation has. */
export const expectKeys: readonly string[] = ['status', 'body', 'exit_code', 'stdout'];

const STATUS = 'must be an HTTP status, 100 to 599';
const EXIT_CODE = 'must be an exit code, 0 to 255';
const RETRIES = 'must be a whole number, 0 to 100';

const status = z.int(STATUS).min(100, STATUS).max(599, STATUS);
const exitCode = z.int(EXIT_CODE).min(0, EXIT_CODE).max(255, EXIT_CODE);

const expectation = z.union(
  [
    z.enum(['open', 'closed']),
    status,
    z.strictObject({ status: status.exactOptional(), body: text('a text').exactOptional() }),
    z.strictObject({ exit_code: exitCode.exactOptional(), stdout: z.string().exactOptional() }),
  ],
  'must be open or closed (tcp), a status or {status, body} (http), {exit_code, stdout} (command)',
);

/** One of `checks:` as people write it. */
export const checkSchema = z
  .strictObject(
    {
      name: text('a name').exactOptional().describe('Shown in events. Default: what is probed.'),
      tcp: text('address:port').exactOptional().describe('Connect to address:port or [v6]:port.'),
      http: text('a URL').exactOptional().describe('GET this URL.'),
      command: text('POSIX sh').exactOptional().describe('POSIX sh, run as root on the gateway.'),
      from: z
        .enum(['controller', 'gateway'], 'must be controller or gateway')
        .exactOptional()
        .describe('Who looks. Default controller; a command always runs on the gateway.'),
      expect: expectation
        .exactOptional()
        .describe('tcp: open or closed. http: a status, or {status, body}. command: {exit_code, stdout}.'),
      timeout: duration.exactOptional().describe('How long one try may take. Default 5s.'),
      retries: z
        .int(RETRIES)
        .min(0, RETRIES)
        .max(100, RETRIES)
        .exactOptional()
        .describe('Tries after the first. Default 2.'),
      delay: duration.exactOptional().describe('Pause between tries. Default 1s.'),
    },
    'must be a mapping with one of tcp, http, command',
  )
  .describe('What must hold after the change: exactly one of tcp, http, command.');

export type WrittenCheck = z.infer<typeof checkSchema>;
