/** The bytes of one connection that have not been understood yet. */
export class Pending {
  bytes = Buffer.allocUnsafeSlow(4 << 20);
  start = 0;
  end = 0;

  add(chunk) {
    if (this.end + chunk.length > this.bytes.length) {
      const rest = this.end - this.start;
      const enough = rest + chunk.length <= this.bytes.length / 2;
      const target = enough ? this.bytes : Buffer.allocUnsafeSlow(Math.max(this.bytes.length, rest + chunk.length) * 2);
      this.bytes.copy(target, 0, this.start, this.end);
      this.bytes = target;
      this.start = 0;
      this.end = rest;
    }
    chunk.copy(this.bytes, this.end);
    this.end += chunk.length;
  }
}
