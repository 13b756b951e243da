/** Loggers that tsyringe injects by class, with decorators: compiled with experimentalDecorators, emitDecoratorMetadata. */
import 'reflect-metadata';
import { ConsoleTarget, Logger, LoggerFactory } from 'logflume';
import { injectLogger, logged, useLogging } from 'logflume/tsyringe';
import { container, injectable, singleton } from 'tsyringe';

@singleton()
class OrderRepository {
  constructor(@injectLogger() private readonly logger: Logger) {}

  save(id: number): void {
    this.logger.info('order {id} saved', { id });
  }
}

@logged() // for all parameters of the type Logger
@injectable()
class OrderService {
  constructor(
    protected readonly logger: Logger,
    private readonly orders: OrderRepository
  ) {}

  place(id: number): void {
    this.logger.info('placing order {id}', { id });
    this.orders.save(id);
  }
}

@injectable()
class ExpressOrderService extends OrderService {}

const target = new ConsoleTarget({ format: record => `${record.loggerName}: ${record.render()}` });
useLogging(container, new LoggerFactory().addTarget(target));

container.resolve(OrderService).place(17);
container.resolve(ExpressOrderService).place(18);

await container.dispose(); // of what it made, and then of the factory

// Output:
// OrderService: placing order 17
// OrderRepository: order 17 saved
// ExpressOrderService: placing order 18
// OrderRepository: order 18 saved
