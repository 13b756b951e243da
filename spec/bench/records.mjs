/*
 * The records of the suite: a message template, a level, a logger's name and six fields: a whole number, a string of hex
 * digits, a float, a boolean, a text that is not ASCII and a nested object of three. One in ten has an Error with a stack
 * of some 800 characters. Eight kinds, so that no encoder lives from one shape. The whole number is the record's place in
 * the run, by which a receiver tells records apart.
 */

/**
 * @typedef {object} Sample What is the same each time a record is logged.
 * @property {'debug' | 'info' | 'warning' | 'error'} level
 * @property {string} logger
 * @property {string} template
 * @property {Error | undefined} error
 * @property {(seq: number) => Record<string, unknown>} fields Makes the fields anew, as a program does.
 * @property {(fields: Record<string, any>) => string} text The message, for loggers that have no templates.
 */

/** Numbers from 0 to below 1 (mulberry32: a period of 2^32; any seed). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const cities = ['Zürich', 'São Paulo', 'Köln', 'Łódź', '東京', 'Kraków', 'Αθήνα', 'Málaga', 'Reykjavík', 'Győr'];
const plans = ['free', 'basic', 'team', 'enterprise'];
const words = ['order', 'basket', 'ledger', 'invoice', 'stock', 'shipment', 'refund', 'session', 'cursor', 'bucket'];

const kinds = [
  {
    logger: 'shop.orders',
    template: 'order {seq} paid in {city}',
    text: f => `order ${f.seq} paid in ${f.city}`,
    fields: (v, seq) => ({ seq, requestId: v.id, total: v.float, express: v.yes, city: v.city, user: { ...v.nested } })
  },
  {
    logger: 'shop.basket',
    template: 'basket {basketId} of {owner} saved',
    text: f => `basket ${f.basketId} of ${f.owner} saved`,
    fields: (v, seq) => ({ seq, basketId: v.id, value: v.float, guest: v.yes, owner: v.city, plan: { ...v.nested } })
  },
  {
    logger: 'http.server',
    template: 'request {traceId} served in {elapsed} ms',
    text: f => `request ${f.traceId} served in ${f.elapsed} ms`,
    fields: (v, seq) => ({
      seq,
      traceId: v.id,
      elapsed: v.float,
      cached: v.yes,
      region: v.city,
      client: { ...v.nested }
    })
  },
  {
    logger: 'db.pool',
    template: 'connection acquired',
    text: () => 'connection acquired',
    fields: (v, seq) => ({ seq, statement: v.id, waited: v.float, reused: v.yes, shard: v.city, pool: { ...v.nested } })
  },
  {
    logger: 'mail.queue',
    template: 'mail {mailId} handed to the relay of {relay}',
    text: f => `mail ${f.mailId} handed to the relay of ${f.relay}`,
    fields: (v, seq) => ({ seq, mailId: v.id, score: v.float, bulk: v.yes, relay: v.city, sender: { ...v.nested } })
  },
  {
    logger: 'auth.session',
    template: 'session of {place} renewed',
    text: f => `session of ${f.place} renewed`,
    fields: (v, seq) => ({
      seq,
      sessionId: v.id,
      age: v.float,
      twoFactor: v.yes,
      place: v.city,
      account: { ...v.nested }
    })
  },
  {
    logger: 'stock.sync',
    template: 'stock of {warehouse} compared: {seq} articles',
    text: f => `stock of ${f.warehouse} compared: ${f.seq} articles`,
    fields: (v, seq) => ({ seq, run: v.id, drift: v.float, full: v.yes, warehouse: v.city, owner: { ...v.nested } })
  },
  {
    logger: 'billing.export',
    template: 'invoice {invoice} written',
    text: f => `invoice ${f.invoice} written`,
    fields: (v, seq) => ({ seq, invoice: v.id, amount: v.float, final: v.yes, branch: v.city, debtor: { ...v.nested } })
  }
];

/** Levels of records without an Error; those with one are errors. */
const levels = ['info', 'info', 'info', 'info', 'info', 'info', 'debug', 'debug', 'warning'];

/**
 * @param {number} count
 * @param {number} [seed]
 * @returns {Sample[]}
 */
export function makeSamples(count = 4096, seed = 1) {
  const random = seeded(seed);
  const pick = list => list[Math.floor(random() * list.length)];
  const hex = length => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return Array.from({ length: count }, (_, index) => {
    const { logger, template, text, fields } = pick(kinds);
    const error = index % 10 === 9 ? makeError(random, pick) : undefined;
    const values = {
      id: hex(16),
      float: Math.round(random() * 1e6) / 1000 + 0.0005,
      yes: random() < 0.5,
      city: pick(cities),
      nested: { id: Math.floor(random() * 1e6), name: hex(8), tier: pick(plans) }
    };
    return {
      level: error === undefined ? pick(levels) : 'error',
      logger,
      template,
      error,
      text,
      fields: seq => fields(values, seq)
    };
  });
}

/** An Error whose stack has been read before, as most have that are logged twice; reading one first costs 16 us. */
function makeError(random, pick) {
  const error = new TypeError(`cannot read ${pick(words)} ${Math.floor(random() * 1e6)} of ${pick(words)}`);
  const frames = Array.from({ length: 9 }, () => {
    const [line, column] = [1 + Math.floor(random() * 900), 1 + Math.floor(random() * 80)];
    return `    at ${pick(words)}.${pick(words)}Handler (file:///app/dist/${pick(words)}/${pick(words)}-service.js:${line}:${column})`;
  });
  error.stack = [`TypeError: ${error.message}`, ...frames].join('\n');
  return error;
}

/** An Error as fields, for clients that send objects as they are. */
export function errorFields({ name, message, stack }) {
  return { name, message, stack };
}
