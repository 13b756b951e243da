import { createRequire } from 'node:module';

/**
 * Parses YAML with the package `yaml`, an optional peer that only those need who have such a file. Loaded with `require`,
 * as a configuration is read at once, before anything is logged.
 */
export function parseYaml(text: string): unknown {
  return loadYaml().parse(text);
}

interface Yaml {
  parse(text: string): unknown;
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
