/** A name of the browser's library, which the declarations of @msgpack/msgpack take for granted. */
type BufferSource = ArrayBufferView | ArrayBuffer;
