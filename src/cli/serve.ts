import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { buildApp, HANDLER_TIMEOUT } from '../app.ts'
import type { Config } from '../config.ts'
import { createDeps, createLogger, type Deps } from '../deps.ts'
import { nearest } from '../lib/text.ts'
import { ensureSchema, startDatabase } from './database.ts'
import { loadDemoIfEmpty } from './demo.ts'
import { startHousekeeping } from './housekeeping.ts'

/** Steps that undo what was started, last one first. */
type Cleanup = (() => Promise<void>)[]

export function serveCommand(program: Command, loadConfig: () => Config, exit: (code: number) => void): void {
  program
    .command('serve', { isDefault: true })
    .description('run the server; what happens when no command is given')
    .option('--migrate', 'bring the schema of an external database up to date first')
    .option('--no-demo', 'leave an empty embedded database empty')
    // the default command is given whatever is no command
    .allowExcessArguments()
    .action((options: ServeOptions, command: Command) => {
      const [stray] = command.args
      if (stray !== undefined) refuseStray(stray, program)
      return serve(loadConfig(), options, exit)
    })
}

function refuseStray(word: string, program: Command): never {
  const meant = nearest(
    word,
    program.commands.map((command) => command.name()),
  )
  program.error(`error: unknown command '${word}'${meant ? `\n(Did you mean ${meant}?)` : ''}`)
}

interface ServeOptions {
  migrate?: boolean
  demo: boolean
}

async function serve(config: Config, options: ServeOptions, exit: (code: number) => void): Promise<void> {
  const logger = createLogger(config.logLevel)
  const cleanup: Cleanup = []
  let undoing: Promise<void> | undefined
  const undoAll = () => {
    undoing ??= undo(cleanup)
    return undoing
  }
  let failed = false
  const stopping = onSignals(async (signal) => {
    logger.info(`${signal}: stopping`)
    // a step under way cannot be undone before it is done
    const app = await started.catch(() => undefined)
    // who presses Ctrl-C has no balancer and does not want to wait
    if (app) await drain(app, signal === 'SIGTERM' ? config.drainDelay : 0, logger)
    // a failure that came first is told, and ends the process with its own status
    if (failed) return new Promise(() => {})
    logger.info('Finishing what is in flight')
    await undoAll()
  }, exit)
  const started = start(config, options, logger, cleanup, stopping)
  try {
    await started
  } catch (error) {
    // the stop itself puts away what was started
    if (stopping()) return
    failed = true
    await undoAll()
    throw error
  }
}

/**
 * Starts step by step, each with its undoing; goes no further once the server shall stop.
 * @returns the server, when it came to listening.
 */
async function start(
  config: Config,
  options: ServeOptions,
  logger: Deps['logger'],
  cleanup: Cleanup,
  stopping: () => boolean,
): Promise<FastifyInstance | undefined> {
  const log = (line: string) => logger.info(line)
  const running = await startDatabase(config, 'refuse', log)
  cleanup.push(() => running.stop())
  if (stopping()) return undefined
  const mayMigrate = running.embedded || options.migrate === true
  await ensureSchema(config, running.url, mayMigrate, log, stopping)
  const deps = await createDeps(config, running.url, logger)
  cleanup.push(() => deps.close())
  if (stopping()) return undefined
  if (running.embedded && options.demo) await loadDemoIfEmpty(deps, log)
  const app = await buildApp(deps)
  cleanup.push(() => close(app))
  if (stopping()) return undefined
  if (config.housekeeping) cleanup.push(startHousekeeping(deps))
  await app.listen({ port: config.port, host: config.host })
  const graphql = `${config.publicUrl}/${config.graphiql ? 'graphiql' : 'graphql'}`
  log(`Broadsheet is at ${config.publicUrl} · REST ${config.publicUrl}/docs · GraphQL ${graphql}`)
  return app
}

/** Answers on for as long as balancers take to see that this server is not ready any more. */
async function drain(app: FastifyInstance, delay: number, logger: Deps['logger']): Promise<void> {
  app.drain()
  if (delay === 0) return
  logger.info(`Not ready any more; still answering for ${delay / 1000} s (DRAIN_DELAY)`)
  await pause(delay)
}

/**
 * Answers what is in flight, and waits for no client that keeps its connection for another request. Node checks its
 * limits of headers and bodies no more while it closes; whoever goes on sending after the last answer is cut off.
 */
async function close(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
  const limit = setTimeout(() => app.server.closeAllConnections(), HANDLER_TIMEOUT + 1000)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(limit)
  }
}

/** First signal: finish what is in flight, then leave. Second: leave. @returns whether there was one. */
function onSignals(
  finish: (signal: NodeJS.Signals) => Promise<void>,
  exit: (code: number) => void,
): () => boolean {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return exit(1)
    stopping = true
    finish(signal).then(
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
