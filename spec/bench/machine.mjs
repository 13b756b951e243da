import { cpus, release, totalmem } from 'node:os';

/** What has measured: every table names it. */
export function machine() {
  const [{ model }] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${model.trim()}, ${cpus().length} cores, ${memory}, ${process.platform} ${release()}, Node.js ${process.version}`;
}
