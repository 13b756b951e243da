import {
  ConsoleTarget,
  FluentdTarget,
  FlushLogTarget,
  LoggerFactory,
  LogLevel,
  type LogRecord,
  PermanentDeliveryError
} from 'logflume';
import { FakeClock, FluentdServer, MemoryTarget, someRecord } from 'logflume/testing';

class WebhookTarget extends FlushLogTarget {
  constructor(private readonly url: string) {
    super({ maxSize: 100, clock: new FakeClock() });
  }

  override async logRecords(records: readonly LogRecord[]): Promise<void> {
    if (records.length > 100) throw new PermanentDeliveryError(`${this.url} takes no batches of this size`);
  }
}

const server: FluentdServer = await FluentdServer.start();
const factory = new LoggerFactory({ minimumLevel: LogLevel.DEBUG })
  .addTarget(new WebhookTarget('http://127.0.0.1'), LogLevel.ERROR)
  .addTarget(new FluentdTarget({ tag: 'shop', port: server.port, fallbackTarget: new ConsoleTarget() }))
  .addTarget(new MemoryTarget(), { loggers: 'Shop', filter: record => record.data['id'] !== 17 });
const accepted: Promise<void> = factory.getLogger(WebhookTarget).info('order {id} paid', { id: 17 });
await accepted;
const lost: number = (await factory.dispose({ timeout: 5000 })).lost;
export const text: string = `${lost} ${someRecord({ level: LogLevel.ERROR }).render()}`;
