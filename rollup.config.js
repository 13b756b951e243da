import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Puts the compiled files of each folder of lib into one, `dist/lib/core.js` and so on: a program then loads a dozen files in
 * place of 170, in a quarter of the time. `npm pack` does that, with the files that it packs; in a clone everything works
 * with the files as they were compiled. They are put together, and no code is changed or left out, but they come without
 * comments, and what is not ASCII in them is escaped: V8 keeps the text of what it runs, with two bytes for each character of
 * a file that has one beyond Latin-1.
 */

const lib = join(dirname(fileURLToPath(import.meta.url)), 'dist', 'lib');

/** What package.json names. */
const entries = ['index', 'testing/index', 'tsyringe/index', 'cli/main'];

/** The file that a module goes into; undefined for those of an entry point that has a folder of its own. */
function fileOf(module) {
  const [folder, name] = relative(lib, module).split(sep);
  if (folder === 'targets') return `targets/${name}`;
  return entries.some(entry => entry.split('/')[0] === folder.replace(/\.js$/, '')) ? undefined : folder;
}

/** Has source maps lead to the sources, and removes the files that were put together. */
const together = {
  name: 'together',
  load: module => ({
    code: readFileSync(module, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''),
    map: readFileSync(`${module}.map`, 'utf8')
  }),
  // In texts, in patterns and in names an escape means the same, unless it is escaped itself.
  renderChunk(code) {
    if (/\\[^\0-\x7f]/.test(code)) this.error('there is a backslash before a character beyond ASCII');
    const escaped = code.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return { code: escaped, map: null }; // lines stay, and most columns
  },
  writeBundle({ dir }, output) {
    if (dir !== lib) return;
    for (const file of readdirSync(lib, { recursive: true })) {
      if (/\.js(\.map)?$/.test(file) && !(file.split(sep).join('/') in output)) rmSync(join(lib, file));
    }
  }
};

export default {
  input: Object.fromEntries(entries.map(entry => [entry, join(lib, `${entry}.js`)])),
  external: name => !name.startsWith('.') && !isAbsolute(name),
  treeshake: false,
  preserveEntrySignatures: 'strict',
  plugins: [together],
  output: {
    dir: lib,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    manualChunks: fileOf,
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    sourcemap: true,
    sourcemapExcludeSources: true
  },
  onLog(level, log, handle) {
    // Files of one folder may import each other, for what they call later.
    if (log.code !== 'CIRCULAR_DEPENDENCY') handle(level === 'warn' ? 'error' : level, log);
  }
};
