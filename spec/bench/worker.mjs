/* One measurement in a process of its own: gets a job over IPC, sends its numbers back. */
import { jobs } from './jobs.mjs';

process.once('message', async ({ kind, ...job }) => {
  try {
    const result = await jobs[kind](job);
    process.send({ result }, () => process.exit());
  } catch (error) {
    process.send({ error: error.stack }, () => process.exit(1));
  }
});
process.on('unhandledRejection', error => process.send({ error: `unhandled: ${error?.stack}` }, () => process.exit(1)));
process.send('ready');
// The parent has gone.
process.on('disconnect', () => process.exit());
