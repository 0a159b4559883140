import http from 'node:http';
import https from 'node:https';
import { describe, portStateOf } from './port-state.ts';

/** As much of an answer as its first line may take. */
const LINE_BYTES = 65_536;

/** The first line of what a URL answers, over a connection of its own, or why there is none. Never rejects. */
export function askForLine(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly line: string; readonly reason?: string }> {
  return new Promise((resolve) => {
    const failed = (reason: string) => resolve({ line: '', reason });
    const request = (url.startsWith('https:') ? https : http).get(
      url,
      { agent: false, rejectUnauthorized: true, signal },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (text.length < LINE_BYTES) text += chunk;
        });
        response.on('end', () => resolve({ line: text.split(/\r?\n/, 1)[0] ?? '' }));
        response.on('error', () => failed('the connection was closed within the body'));
      },
    );
    request.on('error', (error) => failed(describe(portStateOf(error))));
  });
}
