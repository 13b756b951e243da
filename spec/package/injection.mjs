import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Logger, LoggerFactory } from 'logflume';
import { MemoryTarget } from 'logflume/testing';
import { logged, useLogging } from 'logflume/tsyringe';
import { container } from 'tsyringe';

class Shop {
  constructor(logger) {
    this.logger = logger;
  }
}
logged(Logger)(Shop);

const target = new MemoryTarget();
useLogging(container, new LoggerFactory().addTarget(target));
container.resolve(Shop).logger.info('order {id} paid', { id: 17 });
await container.dispose();

assert.deepEqual(target.messages, ['order 17 paid']);
assert.equal(target.records[0].loggerName, 'Shop');
