import { createRequire } from 'node:module';

/**
 * Parses YAML with the package `yaml`, an optional peer that only those need who have such a file. Loaded with `require`,
 * as a configuration is read at once, before anything is logged. Errors tell nothing of the text, which may hold secrets.
 */
export function parseYaml(text: string): unknown {
  const document = loadYaml().parseDocument(text, { merge: true });
  // A tag that is not known is a warning only, and the value would be taken without it.
  const [fault] = [...document.errors, ...document.warnings];
  if (fault === undefined) return document.toJS();
  // Behind what is wrong, and where, come the lines of the text.
  throw new SyntaxError(fault.message.split(/:?\n/, 1)[0]);
}

interface Yaml {
  parseDocument(
    text: string,
    options: { readonly merge: boolean }
  ): { readonly errors: readonly Error[]; readonly warnings: readonly Error[]; toJS(): unknown };
}

function loadYaml(): Yaml {
  try {
    const require = createRequire(import.meta.url);
    return require('yaml') as Yaml;
  } catch (error) {
    throw new Error('YAML needs the package yaml: `npm install yaml`, or parse the file and give the object', {
      cause: error
    });
  }
}
