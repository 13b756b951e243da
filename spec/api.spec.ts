import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { apiReport, approvedPath, difference } from './support/api.js';

describe('The declarations of the package', () => {
  it(`are those of ${approvedPath}`, () => {
    const changes = difference(readFileSync(approvedPath, 'utf8'), apiReport());
    const remedy = 'If that is meant, approve it with `npm run approve-api`, and tell users in CHANGELOG.md.';
    if (changes !== '') expect.fail(`they have changed:\n\n${changes}\n\n${remedy}`);
  });
});

describe('The API report', () => {
  const files: Record<string, string> = {
    'dist/lib/index.d.ts': "export { Logger } from './core/logger.js';\n//# sourceMappingURL=index.d.ts.map\n",
    'dist/lib/core/logger.d.ts':
      "import type {\n    LogLevel\n} from './level.js';\n/** Says it. */\nexport declare class Logger {\n    /** Where. */\n    log(level: LogLevel): void;\n}\n",
    'dist/lib/core/level.d.ts': 'export declare enum LogLevel {\n    ERROR = 40\n}\nexport declare const hidden: 1;\n',
    'dist/lib/core/unseen.d.ts': 'export declare const unseen: 1;\n',
    'dist/lib/testing/index.d.ts': "export declare const logger: import('../core/logger.js').Logger;\n",
    'dist/lib/tsyringe/index.d.ts': 'export declare const name: string;\n'
  };
  const report = apiReport(path => files[path]);

  it('has what the entry points export and what that refers to, without comments and imports', () => {
    expect(report).to.equal(`// lib/core/level.d.ts
export declare enum LogLevel {
    ERROR = 40
}

// lib/core/logger.d.ts
export declare class Logger {
    log(level: LogLevel): void;
}

// lib/index.d.ts
export { Logger } from './core/logger.js';

// lib/testing/index.d.ts
export declare const logger: import('../core/logger.js').Logger;

// lib/tsyringe/index.d.ts
export declare const name: string;
`);
  });

  it('tells of a package that has not been built', () => {
    expect(() => apiReport(() => undefined)).to.throw('dist/lib/index.d.ts is not there; run `npm run build` first');
  });

  it('shows what was added, removed and changed, and where', () => {
    const changed = report.replace('(level: LogLevel)', '(level: number)').replace('export declare enum', 'enum');
    expect(difference(report, report)).to.equal('');
    expect(difference(report, changed)).to.equal(`// lib/core/level.d.ts
- export declare enum LogLevel {
+ enum LogLevel {
// lib/core/logger.d.ts
-     log(level: LogLevel): void;
+     log(level: number): void;`);
    expect(difference(report, '')).to.include('-     ERROR = 40');
    expect(difference('', report)).to.include('+     ERROR = 40');
  });
});
