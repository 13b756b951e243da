import { connect, createServer } from 'node:net';

/**
 * A beacon is a Unix socket on which a process listens: whoever has the file can see whether somebody does, also from
 * another container, where process ids say nothing. The operating system puts it out with the process.
 */
export async function lightBeacon(path: string): Promise<() => Promise<void>> {
  if (process.platform === 'win32' || Buffer.byteLength(path) > longestPath) {
    throw new Error(`no socket can have the path ${path}`);
  }
  const server = createServer(socket => socket.destroy()).unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.removeAllListeners('error').on('error', () => undefined); // what a visitor does is no concern of ours
  return () => new Promise(resolve => server.close(() => resolve()));
}

/** sun_path has 104 bytes on macOS and the BSDs, 108 on Linux, with the zero at the end. libuv would cut the rest off. */
const longestPath = 103;

/** Whether somebody listens; undefined if there is no socket, or none that can be asked. */
export function isLit(path: string): Promise<boolean | undefined> {
  if (process.platform === 'win32' || Buffer.byteLength(path) > longestPath) return Promise.resolve(undefined);
  return new Promise(resolve => {
    const visit = connect(path, () => {
      visit.destroy();
      resolve(true);
    });
    visit.on('error', error => {
      visit.destroy();
      const { code } = error as NodeJS.ErrnoException;
      // EAGAIN: so many ask that they have to queue.
      resolve(code === 'ECONNREFUSED' ? false : code === 'EAGAIN' ? true : undefined);
    });
  });
}
