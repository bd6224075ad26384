import type { Command } from 'commander'
import { buildApp } from '../app.ts'
import type { Config } from '../config.ts'
import { createDeps, createLogger } from '../deps.ts'
import { ensureSchema, startDatabase } from './database.ts'
import { loadDemoIfEmpty } from './demo.ts'

/** Steps that undo what was started, last one first. */
type Cleanup = (() => Promise<void>)[]

export function serveCommand(program: Command, loadConfig: () => Config, exit: (code: number) => void): void {
  program
    .command('serve', { isDefault: true })
    .description('run the server; what happens when no command is given')
    .option('--migrate', 'bring the schema of an external database up to date first')
    .option('--no-demo', 'leave an empty embedded database empty')
    .action((options: { migrate?: boolean; demo: boolean }) => serve(loadConfig(), options, exit))
}

async function serve(
  config: Config,
  options: { migrate?: boolean; demo: boolean },
  exit: (code: number) => void,
): Promise<void> {
  const logger = createLogger(config.logLevel)
  const log = (line: string) => logger.info(line)
  const cleanup: Cleanup = []
  const stopping = onSignals(cleanup, log, exit)
  try {
    const running = await startDatabase(config, 'refuse', log)
    cleanup.push(() => running.stop())
    await ensureSchema(config, running.url, running.embedded || options.migrate === true, log)
    const deps = await createDeps(config, running.url, logger)
    cleanup.push(() => deps.close())
    if (running.embedded && options.demo) await loadDemoIfEmpty(deps, log)
    const app = await buildApp(deps)
    cleanup.push(() => app.close())
    if (stopping()) return
    await app.listen({ port: config.port, host: config.host })
    log(
      `Broadsheet is at ${config.publicUrl} · REST ${config.publicUrl}/docs · GraphQL ${config.publicUrl}/graphiql`,
    )
  } catch (error) {
    // a stop in the middle of the start makes all sorts of steps fail
    if (stopping()) return
    await undo(cleanup)
    throw error
  }
}

/** First signal: finish what is in flight, then leave. Second: leave. */
function onSignals(
  cleanup: Cleanup,
  log: (line: string) => void,
  exit: (code: number) => void,
): () => boolean {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return exit(1)
    stopping = true
    log(`${signal}: finishing what is in flight`)
    undo(cleanup).then(
      () => exit(0),
      () => exit(1),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return () => stopping
}

async function undo(cleanup: Cleanup): Promise<void> {
  for (let step = cleanup.pop(); step; step = cleanup.pop()) await step()
}
