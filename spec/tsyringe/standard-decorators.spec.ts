import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { container as globalContainer } from 'tsyringe';
import { LoggerFactory } from '../../lib/core/factory.js';
import { useLogging } from '../../lib/tsyringe/index.js';

type Classes = typeof import('./standard-decorators/shop.js');

describe('@logged() as a standard decorator', () => {
  let classes: Classes;

  before(async () => {
    const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
    await promisify(execFile)(process.execPath, [compiler, '-p', 'spec/tsyringe/standard-decorators']);
    const compiled = '../../standard-decorators/shop.js';
    classes = await import(compiled);
  });

  it('gives a class and what it depends on loggers of their own', () => {
    const container = useLogging(globalContainer.createChildContainer(), new LoggerFactory());
    const shop = container.resolve(classes.Shop);
    expect([shop.logger.name, shop.repository.logger.name]).to.deep.equal(['Shop', 'Repository']);
    expect(container.resolve(classes.Shop)).to.equal(shop);
    expect(container.resolve(classes.Branch).logger.name).to.equal('Branch');
  });
});
