import { randomBytes } from 'node:crypto';
import { type FrameBody, frameAt, readFrame, type Seal } from './frame.js';
import { join } from './names.js';
import { frameCost, Pace } from './pace.js';
import type { SpoolStore } from './store.js';

/** The first bytes of every segment: what it is, and the version of its form. */
export const magic = Buffer.from('lfspool1', 'latin1');

/** A file of a log: frames, one after the other. */
export class Segment {
  readonly path: string;
  /** Its place among the segments of its log. */
  readonly number: number;
  readonly seal: Seal;
  /** Bytes in it. */
  size = 0;
  /** Records in it that are kept. */
  live = 0;

  constructor(path: string, number: number, seal: Seal) {
    this.path = path;
    this.number = number;
    this.seal = seal;
  }

  /** One that does not exist yet. */
  static fresh(directory: string, number: number): Segment {
    const secret = randomBytes(8);
    const name = `${String(number).padStart(8, '0')}-${secret.toString('hex')}.segment`;
    return new Segment(join(directory, name), number, sealOf(secret));
  }

  /** The one of this name; undefined if it is no segment's. */
  static named(directory: string, name: string): Segment | undefined {
    const [, number, secret] = /^(\d{8,15})-([0-9a-f]{16})\.segment$/.exec(name) ?? [];
    if (number === undefined || secret === undefined) return undefined;
    return new Segment(join(directory, name), Number(number), sealOf(Buffer.from(secret, 'hex')));
  }

  /** How many bytes its file has. */
  async length(store: SpoolStore): Promise<number> {
    const file = await store.open(this.path, 'read');
    try {
      return await file.size();
    } finally {
      await file.close();
    }
  }

  /** Its content. */
  async read(store: SpoolStore): Promise<Buffer> {
    const file = await store.open(this.path, 'read');
    try {
      const content = Buffer.allocUnsafeSlow(await file.size());
      return content.subarray(0, await file.read(content, 0));
    } finally {
      await file.close();
    }
  }
}

function sealOf(secret: Buffer): Seal {
  return { marker: secret.readUInt32LE(0), seed: secret.readUInt32LE(4) };
}

/** What stands in a segment: a frame, or a part that cannot be read. */
export type Finding =
  | { readonly kind: 'frame'; readonly position: number; readonly length: number; readonly body: FrameBody }
  | {
      readonly kind: 'gap';
      readonly position: number;
      readonly length: number;
      /** It looks like the beginning of a frame that was not written to its end: nothing follows it. */
      readonly isTorn: boolean;
    };

/** Reads through a segment's content, past what is damaged. */
export async function* scan(content: Buffer, seal: Seal): AsyncGenerator<Finding> {
  const marker = Buffer.alloc(4);
  marker.writeUInt32LE(seal.marker);
  const pace = new Pace();
  let position = content.subarray(0, magic.length).equals(magic) ? magic.length : 0;
  while (position < content.length) {
    const first = await findingAt(content, position, seal);
    if (typeof first === 'object') {
      yield first;
      position += first.length;
      await pace.spend(first.length + frameCost);
      continue;
    }
    let next = position;
    let found: Finding | undefined;
    while (found === undefined && next >= 0) {
      next = content.indexOf(marker, next + 1);
      const finding = next < 0 ? undefined : await findingAt(content, next, seal);
      if (typeof finding === 'object') found = finding;
    }
    const end = found?.position ?? content.length;
    yield { kind: 'gap', position, length: end - position, isTorn: found === undefined && first === 'torn' };
    position = end;
  }
}

async function findingAt(content: Buffer, position: number, seal: Seal): Promise<Finding | 'torn' | 'damaged'> {
  const length = await frameAt(content, position, seal);
  if (typeof length === 'number') {
    const body = readFrame(content.subarray(position, position + length));
    return body === undefined ? 'damaged' : { kind: 'frame', position, length, body };
  }
  // A file may have been made longer before what was to stand there was written.
  return length === 'partial' || content.subarray(position).equals(Buffer.alloc(content.length - position))
    ? 'torn'
    : 'damaged';
}
