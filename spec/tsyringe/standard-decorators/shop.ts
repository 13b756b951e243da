/** Compiled with standard decorators, which the other specs are not: one compilation knows one kind. */
import { Logger } from 'logflume';
import { logged } from 'logflume/tsyringe';
import { injectable, singleton } from 'tsyringe';

@logged(Logger)
export class Repository {
  constructor(readonly logger: Logger) {}
}

@singleton()
@logged(Logger, Repository)
export class Shop {
  constructor(
    readonly logger: Logger,
    readonly repository: Repository
  ) {}
}

@logged(Logger, Repository)
@injectable()
export class Branch extends Shop {}
