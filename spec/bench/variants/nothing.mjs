/* What the program costs that does not log. */
export function create() {
  let last;
  return {
    start() {},
    log(_sample, fields) {
      last = fields;
    },
    flush: () => last,
    close() {}
  };
}
