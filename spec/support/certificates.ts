import { readFileSync } from 'node:fs';

/** A file of `spec/certificates`: `server.pem`, `server.key`. They are made by the script there. */
export function certificate(file: string): string {
  return readFileSync(new URL(`../../../spec/certificates/${file}`, import.meta.url), 'utf8');
}
