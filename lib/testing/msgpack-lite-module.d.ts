/** What we use of msgpack-lite, which comes without types. Nothing of it shows in our own declarations. */
declare module 'msgpack-lite' {
  interface Codec {
    addExtPacker<T>(type: number, construct: new (...args: never[]) => T, pack: (value: T) => Uint8Array): void;
    addExtUnpacker(type: number, unpack: (bytes: Uint8Array) => unknown): void;
  }
  interface Decoder {
    /** Where the next object begins. */
    readonly offset: number;
    write(bytes: Uint8Array): void;
    /** The next object. */
    fetch(): unknown;
  }
  const msgpack: {
    createCodec(options: { useraw?: boolean; usemap?: boolean; int64?: boolean }): Codec;
    Decoder: new (options: { codec: Codec }) => Decoder;
    encode(value: unknown, options: { codec: Codec }): Buffer;
  };
  export default msgpack;
}
