import { readFileSync } from 'node:fs';

/** The byte vectors of a file in `spec/vectors`, which were made with independent implementations. */
export function readVectors<T>(file: string): T[] {
  // Two directories up are those of the sources and of the compiled specs alike.
  const url = new URL(`../../../spec/vectors/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { vectors: T[] }).vectors;
}
