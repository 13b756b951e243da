#!/usr/bin/env node
import { once } from 'node:events';
import { runCommand } from './command.js';

process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  process.exit(); // `| head` has seen enough
});

process.exitCode = await runCommand(process.argv.slice(2), {
  out: line => (process.stdout.write(`${line}\n`) ? undefined : once(process.stdout, 'drain')),
  err: line => process.stderr.write(`${line}\n`)
});
