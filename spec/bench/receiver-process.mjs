import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('receiver.mjs', import.meta.url));

/** A receiver in a process of its own; see receiver.mjs. */
export class Receiver {
  /** @returns {Promise<Receiver>} */
  static async start(kind, { path, pace } = {}) {
    const receiver = new Receiver();
    receiver.process = fork(program, path === undefined ? [kind] : [kind, path], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: []
    });
    if (pace !== undefined) receiver.process.send({ pace });
    const { port } = await receiver.#message('ready');
    receiver.port = port;
    return receiver;
  }

  /** Resolves when `expected` different records have come: when that was, and what the receiver has counted. */
  async arrived(expected, { counted = 'distinct', timeout = 60_000 } = {}) {
    const done = this.#message('done', timeout);
    this.process.send({ expected, counted });
    return done;
  }

  /** What has come, and the CPU seconds that it took. */
  async counts() {
    const answer = this.#message('answer');
    this.process.send({ ask: true });
    return answer;
  }

  /** Resolves when the writers of a pipe have closed it. */
  closed() {
    return this.#message('closed');
  }

  async end() {
    if (this.process.connected) this.process.disconnect();
    if (this.process.exitCode === null) await once(this.process, 'exit');
  }

  #message(name, timeout = 60_000) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.process.off('message', take);
        this.process.off('exit', exit);
      };
      const take = message => {
        if (!(name in message)) return;
        end();
        resolve(message);
      };
      const exit = code => {
        end();
        reject(new Error(`the receiver has ended with code ${code}`));
      };
      const timer = setTimeout(async () => {
        end();
        const counts = name === 'answer' ? {} : await this.counts();
        reject(new Error(`the receiver has not said '${name}' within ${timeout} ms: ${JSON.stringify(counts)}`));
      }, timeout);
      this.process.on('message', take);
      this.process.on('exit', exit);
    });
  }
}
