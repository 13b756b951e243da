import { STATUS_CODES } from 'node:http';
import { PermanentDeliveryError } from '../../core/failures.js';
import type { HttpAnswer } from './http-client.js';
import { holdsOne } from './http-secrets.js';

/** An answer by which a server has not taken what it was sent. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  /** Milliseconds that the server wants to be left alone; absent if it has not said. */
  readonly retryAfter?: number;
  /** The time at which they are over. */
  readonly notBefore?: number;

  constructor(message: string, status: number, retryAfter?: number, now = 0) {
    super(message);
    this.status = status;
    if (retryAfter === undefined) return;
    this.retryAfter = retryAfter;
    this.notBefore = now + retryAfter;
  }
}

/**
 * Why an answer does not mean that all has arrived; undefined if it does.
 *
 * 400 is about what was sent, and will not change: a `PermanentDeliveryError`. All others are about the receiver's state,
 * or about a setup that somebody may put right while the records wait. What the server says is told, unless it holds one of
 * `secrets`: some repeat what they were sent.
 */
export function complaint(
  answer: HttpAnswer,
  server: string,
  now: number,
  secrets: readonly string[] = []
): Error | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const words = holdsOne(answer.text, secrets) ? '' : quoted(answer.text);
  const said = `${server} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() + words;
  if (status === 400 || status === 422) return new PermanentDeliveryError(`${said}: it does not take these events`);
  if (status >= 300 && status < 400) {
    const place = placeIn(headers.location, secrets);
    return new HttpError(`${said}: a redirect ${place}is not followed; set url to where the events shall go`, status);
  }
  const remedy = remedies[status];
  return new HttpError(remedy === undefined ? said : `${said}: ${remedy}`, status, retryAfter(answer, now), now);
}

const remedies: Readonly<Record<number, string>> = {
  401: 'set username and password to those that it knows',
  403: 'this username, certificate or address is not allowed to send there',
  404: 'there is no input at this path: see url or path',
  405: 'no events can be posted there: see url or path',
  407: 'a proxy on the way wants credentials of its own',
  415: 'it does not take this content type: see bodyFormat'
};

/** The longest time for which a server is believed, in milliseconds: records wait meanwhile. */
const longestDelay = 300_000;

/** Milliseconds of `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. */
function retryAfter({ headers }: HttpAnswer, now: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : / GMT$/.test(value) ? Date.parse(value) - now : 0;
  return delay > 0 ? Math.min(delay, longestDelay) : undefined;
}

/** Where a redirect leads: without credentials and a query, which may be secret. */
function placeIn(location: string | undefined, secrets: readonly string[]): string {
  if (location === undefined || !URL.canParse(location, 'http://here')) return '';
  const { protocol, host, pathname } = new URL(location, 'http://here');
  const place = /^[a-z]+:/i.test(location) ? `${protocol}//${host}${pathname}` : pathname;
  return holdsOne(place, secrets) ? '' : `to ${visible(place)} `;
}

/** What a server has sent, as it may stand in a message: one line, no control characters. */
function quoted(text: string): string {
  const line = visible(text).trim();
  return line === '' ? '' : ` (${line})`;
}

function visible(text: string): string {
  return text.slice(0, 300).replace(/[^\u0020-\u007e]+/g, ' ');
}
