import { pino } from 'pino'
import { articleUrl, type Config } from './config.ts'
import { type Core, createCore } from './core/core.ts'
import { type Database, openDatabase } from './db/client.ts'
import { sharedSecret } from './db/secrets.ts'
import { loggedError } from './lib/logged-error.ts'
import { createModerationHook, type HookUnavailable } from './lib/moderation-hook.ts'
import { RemoteKeys } from './lib/remote-keys.ts'
import { createSecrets } from './lib/secrets.ts'

export interface Deps {
  config: Config
  database: Database
  /** One connection apart from those, so that a busy server is not taken for one without a database. */
  probe: Database
  core: Core
  logger: pino.Logger
  /** In the reverse order of making. */
  close(): Promise<void>
}

/** Puts everything together, by hand, once. The database must be migrated. */
export async function createDeps(config: Config, databaseUrl: string, logger: pino.Logger): Promise<Deps> {
  const open = (connections: number) =>
    openDatabase({
      url: databaseUrl,
      connections,
      acquireTimeout: config.acquireTimeout,
      statementTimeout: config.statementTimeout,
      prepare: config.prepare,
    })
  const database = open(config.connections)
  const probe = open(1)
  const secret = config.secret ? Buffer.from(config.secret) : await sharedSecret(database.db)
  const previous = config.previousSecret ? Buffer.from(config.previousSecret) : undefined
  const site = {
    locale: config.locale,
    comments: config.comments,
    articleUrl: (article: Parameters<typeof articleUrl>[1]) => articleUrl(config.articleUrl, article),
  }
  const core = createCore(database.db, createSecrets(secret, previous), site, {
    identity: identityOf(config, logger),
    hook: hookOf(config, logger),
    retention: config.retention,
    tellTail: tailTeller(logger),
  })
  const close = async () => {
    await core.close()
    await probe.close()
    await database.close()
  }
  return { config, database, probe, core, logger, close }
}

/** The identity provider, which is not asked for anything before a token comes. */
function identityOf({ identity }: Config, logger: pino.Logger) {
  if (!identity) return undefined
  const keys = new RemoteKeys(identity.jwksUrl, (failure) => {
    if (failure)
      logger.warn({ cause: loggedError(failure) }, 'the keys of the identity provider cannot be fetched')
    else logger.info('the keys of the identity provider can be fetched again')
  })
  return { provider: identity, keys }
}

/** The service that checks comments, told of in the log when it does not. */
function hookOf({ commentHook }: Config, logger: pino.Logger) {
  if (!commentHook) return undefined
  const report = (failure: HookUnavailable) =>
    logger.warn({ cause: loggedError(failure) }, 'a comment could not be checked, and waits')
  return { client: createModerationHook(commentHook), report }
}

const tailTeller = (logger: pino.Logger) => (failure: unknown) => {
  if (failure) logger.warn({ cause: loggedError(failure) }, 'the change log cannot be followed')
  else logger.info('the change log can be followed again')
}

/** JSON lines; on a terminal, lines for people. */
export function createLogger(level: string): pino.Logger {
  // synchronous, so that the last line before an exit is not lost
  const destination = pino.destination({ fd: 1, sync: true })
  if (!process.stdout.isTTY) return pino({ level, base: undefined }, destination)
  return pino({
    level,
    base: undefined,
    transport: { target: 'pino-pretty', options: { sync: true, ignore: 'pid,hostname' } },
  })
}
