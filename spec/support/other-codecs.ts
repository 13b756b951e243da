import { createRequire } from 'node:module';

/** `@msgpack/msgpack`, whose own types need those of browsers. */
interface OtherMessagePack {
  decode(bytes: Uint8Array, options?: { useBigInt64?: boolean }): unknown;
  encode(value: unknown): Uint8Array;
}

export const otherMessagePack = createRequire(import.meta.url)('@msgpack/msgpack') as OtherMessagePack;
