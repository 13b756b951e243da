import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflate, inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { giveMemory, shrinkMemory, takeMemory } from '../../lib/wire/memory.js';
import { certificate } from '../support/certificates.js';
import { takeFreeMemory } from '../support/free-memory.js';

const MiB = 1024 * 1024;

describe('memory of batches', () => {
  beforeEach(takeFreeMemory);

  it('has room for what is asked for, and little more', () => {
    for (const size of [0, 1, 15, 16, 17, 1000, 65_535, 262_144, 656_000, 1_048_577, 20_000_000]) {
      expect(takeMemory(size).length).to.be.within(size, size + Math.ceil(size / 8));
    }
  });

  it('is used again for what is of nearly the same size, by one at a time', () => {
    for (const size of [600_000, 60_000]) {
      const { buffer } = takeMemory(size);
      giveMemory(buffer);
      expect(takeMemory(size / 2).buffer).not.to.equal(buffer);
      expect(takeMemory(size * 0.99).buffer).to.equal(buffer);
      expect(takeMemory(size * 0.99).buffer).not.to.equal(buffer);
    }
  });

  it('is used again for what is smaller, too, where that may have any slack: the smallest that there is', () => {
    const [large, small] = [600_000, 300_000].map(size => takeMemory(size).buffer);
    for (const memory of [large, small]) if (memory !== undefined) giveMemory(memory);
    expect(takeMemory(1000, Number.POSITIVE_INFINITY).buffer).to.equal(small);
    expect(takeMemory(1000, Number.POSITIVE_INFINITY).buffer).to.equal(large);
  });

  it('is kept up to 4 MiB, and the last that was given back', () => {
    const all = Array.from({ length: 5 }, () => takeMemory(1_400_000).buffer);
    for (const memory of all) giveMemory(memory);
    const large = takeMemory(6_000_000).buffer;
    giveMemory(large);
    const kept = Array.from({ length: 5 }, () => takeMemory(1_400_000).buffer).filter(memory => all.includes(memory));
    expect(kept).to.have.members([all[3], all[4]]);
    expect(takeMemory(6_000_000).buffer).not.to.equal(large);
  });

  it('can be made smaller where it is, if it is large, and grows again for what needs more', () => {
    const bytes = takeMemory(MiB).fill('x');
    expect(shrinkMemory(bytes.buffer, 300_000)).to.equal(bytes.buffer);
    expect(bytes.buffer.byteLength).to.be.within(300_000, 320_000);
    expect(Buffer.from(bytes.buffer).equals(Buffer.alloc(bytes.buffer.byteLength, 'x'))).to.equal(true);
    giveMemory(bytes.buffer);
    const grown = takeMemory(900_000);
    expect(grown.buffer).to.equal(bytes.buffer);
    expect(grown.length).to.be.at.least(900_000);
  });

  it('is other memory when it is made smaller, if it is small, and may then be used again', () => {
    const { buffer } = takeMemory(10_000).fill('x');
    const smaller = shrinkMemory(buffer, 5000);
    expect(smaller.byteLength).to.be.within(5000, 5000 * (1 + 1 / 8));
    expect(Buffer.from(smaller, 0, 5000).equals(Buffer.alloc(5000, 'x'))).to.equal(true);
    expect(takeMemory(10_000).buffer).to.equal(buffer);
  });

  it('can be made smaller only while there are not so many that the system runs out of mappings', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const countOf = (many: readonly ArrayBuffer[]) => many.filter(({ resizable }) => resizable).length;
    let many = Array.from({ length: 1200 }, () => takeMemory(262_144).buffer);
    expect(countOf(many)).to.be.within(1, 1024);
    many = [];
    // Those that are not needed any more make room for others.
    for (;;) {
      collect();
      await new Promise(setImmediate);
      many = [takeMemory(262_144).buffer];
      if (countOf(many) === 1) break;
    }
  });

  describe('that can be made smaller is as good as any other', () => {
    const bytes = takeMemory(MiB);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);
    const copy = Buffer.alloc(bytes.length);
    for (let at = 0; at < bytes.length; at++) copy[at] = bytes[at] ?? 0;

    it('for zlib and hashes', async () => {
      expect(inflateSync(await promisify(deflate)(bytes)).equals(copy)).to.equal(true);
      const digest = (of: Buffer) => createHash('sha256').update(of).digest('hex');
      expect(digest(bytes)).to.equal(digest(copy));
    });

    it('for files', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'memory-'));
      const path = join(directory, 'file');
      writeFileSync(path, bytes);
      const file = await open(path, 'a');
      await file.writev([bytes.subarray(0, 1000), bytes.subarray(1000)]);
      await file.close();
      const written = readFileSync(path);
      rmSync(directory, { recursive: true });
      expect(written.equals(Buffer.concat([copy, copy]))).to.equal(true);
    });

    const echo = async (server: Server, dial: (port: number) => Socket): Promise<Buffer> => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = dial((server.address() as AddressInfo).port);
      socket.cork();
      socket.write(bytes.subarray(0, 1000));
      socket.end(bytes.subarray(1000));
      const pieces: Buffer[] = [];
      for await (const piece of socket) pieces.push(piece as Buffer);
      server.close();
      return Buffer.concat(pieces);
    };

    it('for sockets', async () => {
      const server = createServer(socket => socket.pipe(socket));
      expect((await echo(server, port => connect(port, '127.0.0.1'))).equals(copy)).to.equal(true);
    });

    it('for TLS', async () => {
      const own = { cert: certificate('server.pem'), key: certificate('server.key') };
      const server = createTlsServer(own, socket => socket.pipe(socket));
      const options = { host: '127.0.0.1', servername: 'localhost', ca: certificate('authority.pem') };
      expect((await echo(server, port => connectTls({ port, ...options }))).equals(copy)).to.equal(true);
    });
  });
});
