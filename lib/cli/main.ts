#!/usr/bin/env node
import { runCommand } from './command.js';

process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  process.exit(); // `| head` has seen enough
});

process.exitCode = await runCommand(process.argv.slice(2), {
  out: line => process.stdout.write(`${line}\n`),
  err: line => process.stderr.write(`${line}\n`)
});
