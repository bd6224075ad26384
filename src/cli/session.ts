import type { Config } from '../config.ts'
import { createDeps, createLogger, type Deps } from '../deps.ts'
import { ensureSchema, startDatabase } from './database.ts'

/** Milliseconds that a statement of a command may take: of many rows, and no reader waits behind it. */
const STATEMENT_TIMEOUT = 60_000

/**
 * Runs a command on the database, beside a running server or alone, and leaves nothing running. Notices go to
 * stderr, so that the output of the command can be piped.
 */
export async function withDeps<T>(config: Config, work: (deps: Deps) => Promise<T>): Promise<T> {
  const notice = (line: string) => console.error(line)
  const running = await startDatabase(config, 'share', notice)
  try {
    await ensureSchema(config, running.url, running.embedded, notice)
    const patient = { ...config, statementTimeout: Math.max(config.statementTimeout, STATEMENT_TIMEOUT) }
    const deps = await createDeps(patient, running.url, createLogger('silent'))
    try {
      return await work(deps)
    } finally {
      await deps.close()
    }
  } finally {
    await running.stop()
  }
}
