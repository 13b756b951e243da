/** Secrets are taken out of records before any target sees them. */
import { ConsoleTarget, LoggerFactory, type LogRecord, type RedactOptions, secretKeys, secretPatterns } from 'logflume';

function loggerWith(redact: boolean | RedactOptions) {
  const format = (record: LogRecord) => `${record.render()} ${JSON.stringify(record.data)}`;
  return new LoggerFactory({ redact }).addTarget(new ConsoleTarget({ format })).getLogger('Login');
}

// Fields that are named like secrets, at any depth, and what looks like a secret in any text:
const logger = loggerWith(true);
logger.info('{user} has the password {password}', { user: 'Ada', password: 'enigma' });
logger.info('request', { headers: { Authorization: 'Bearer abc.def', accept: '*/*' }, tries: [{ apiKey: 17 }] });
logger.info('connecting to postgres://app:enigma@db/shop');

// What one says, and how it is shown:
const own = loggerWith({
  keys: [...secretKeys, 'pin'],
  paths: ['card.number', 'orders.*.iban'],
  patterns: [...secretPatterns, /\b\d{16}\b/],
  censor: value => `…${String(value).slice(-2)}`
});
own.info('paid', { pin: 1234, card: { number: 5105105105105100, name: 'Ada' }, orders: [{ iban: 'DE02' }] });
own.info('paid by 5105105105105100');

// Output:
// Ada has the password [REDACTED] {"user":"Ada","password":"[REDACTED]"}
// request {"headers":{"Authorization":"[REDACTED]","accept":"*/*"},"tries":[{"apiKey":"[REDACTED]"}]}
// connecting to postgres://app:[REDACTED]@db/shop {}
// paid {"pin":"…34","card":{"number":"…00","name":"Ada"},"orders":[{"iban":"…02"}]}
// paid by …00 {}
