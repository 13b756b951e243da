import { Logger, LoggerFactory } from 'logflume';
import { logged, loggerFor, useLogging, withLogger } from 'logflume/tsyringe';
import { container } from 'tsyringe';

class Shop {
  constructor(
    readonly logger: Logger,
    readonly limit: number
  ) {}
}

logged(Logger, 'limit')(Shop);
container.register(
  Shop,
  withLogger(Shop, logger => new Shop(logger, 3))
);
export const shop: Shop = useLogging(container, new LoggerFactory()).resolve(Shop);
export const logger: Logger<{ requestId: string }> = container.resolve(loggerFor('x')).with({ requestId: 'a' });
export const taken: Promise<void> = logger.info('{requestId}: order {id} paid', { id: 17 });
