import type { HttpExpectation, Probe } from './model.ts';
import type { Sight } from './sight.ts';
import { quote } from './words.ts';

/** As much of a body as is read: enough for any health page, and bounded for a fleet. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** How a request ended. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: string;
      /** By their names in small letters. */
      readonly headers: ReadonlyMap<string, string>;
      /** When the certificate ends, where that was asked for. */
      readonly certificateEnds?: Date;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** Judges an answer: the status first, then where it leads, its headers, the certificate, and the text that the body must contain. */
export function judgeHttp(
  { url, expect }: Pick<Extract<Probe, { kind: 'http' }>, 'url' | 'expect'>,
  answer: HttpAnswer,
  now: Date,
): Sight {
  if (answer.kind === 'failed') return { verdict: 'fail', seen: answer.reason };
  const seen = `status ${answer.status}`;
  if (expect.port === 'open') return { verdict: 'pass', seen };
  const isStatusRight =
    expect.status === undefined
      ? answer.status >= 200 && answer.status < 400
      : answer.status === expect.status;
  if (!isStatusRight) return { verdict: 'fail', seen };
  const facts: string[] = [seen];
  for (const complain of [wrongLocation, wrongHeader, wrongCertificate, wrongBody]) {
    const { wrong, fact } = complain(expect, answer, { url, now });
    if (wrong !== undefined) return { verdict: 'fail', seen: [...facts, wrong].join(', ') };
    if (fact !== undefined) facts.push(fact);
  }
  return { verdict: 'pass', seen: facts.join(', ') };
}

type Answered = Extract<HttpAnswer, { kind: 'answered' }>;
type Asked = { readonly url: string; readonly now: Date };
type Judged = { readonly wrong?: string; readonly fact?: string };

function wrongLocation({ location }: HttpExpectation, { headers }: Answered, { url }: Asked): Judged {
  if (location === undefined) return {};
  const said = headers.get('location');
  if (said === undefined) return { wrong: 'no location' };
  const meant = URL.canParse(said, url) ? new URL(said, url).href : said;
  const wanted = URL.canParse(location, url) ? new URL(location, url).href : location;
  return said === location || meant === wanted
    ? { fact: `location ${said}` }
    : { wrong: `location ${quote(said)}` };
}

function wrongHeader({ headers: wanted = {} }: HttpExpectation, { headers }: Answered): Judged {
  for (const [name, text] of Object.entries(wanted)) {
    const said = headers.get(name.toLowerCase());
    if (said === undefined) return { wrong: `no header ${name}` };
    if (!said.includes(text)) return { wrong: `${name}: ${quote(said)}` };
  }
  return {};
}

function wrongCertificate(
  { certificateDays: days }: HttpExpectation,
  { certificateEnds }: Answered,
  { now }: Asked,
): Judged {
  if (days === undefined) return {};
  if (certificateEnds === undefined) return { wrong: 'no certificate' };
  const left = (certificateEnds.getTime() - now.getTime()) / 86_400_000;
  const fact = `certificate good for ${Math.floor(left)} days`;
  return left >= days ? { fact } : { wrong: fact };
}

function wrongBody({ body: wanted }: HttpExpectation, { body }: Answered): Judged {
  return wanted === undefined || body.includes(wanted) ? {} : { wrong: `body without ${quote(wanted)}` };
}

/** Why a URL can't be asked for, or undefined. */
export function refusalOf(url: string): string | undefined {
  if (!URL.canParse(url)) return `not a URL: ${quote(url)}`;
  const { protocol } = new URL(url);
  return protocol === 'http:' || protocol === 'https:'
    ? undefined
    : `not an http or https URL: ${quote(url)}`;
}
