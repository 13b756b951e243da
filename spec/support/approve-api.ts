import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { apiReport, approvedPath, difference } from './api.js';
import { schemaPath, schemaText } from './config-schema.js';

const before = existsSync(approvedPath) ? readFileSync(approvedPath, 'utf8') : '';
const after = apiReport();
writeFileSync(approvedPath, after);
console.log(
  before === after ? 'The API has not changed.' : `${difference(before, after)}\n\nApproved: ${approvedPath}`
);
writeFileSync(schemaPath, schemaText());
