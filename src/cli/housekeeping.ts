import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Housekept } from '../core/housekeeping.ts'
import type { Deps } from '../deps.ts'
import { loggedError } from '../lib/logged-error.ts'
import { withDeps } from './session.ts'

/** Milliseconds between two runs of one server; several of them do not run in step. */
const EVERY = 60_000
/** Milliseconds between lines of progress. */
const LINE_EVERY = 2000

export function housekeepingCommand(program: Command, loadConfig: () => Config): void {
  program
    .command('housekeeping')
    .description('do what time brings: reject what waited too long, scrub what is old, sweep what is over')
    .action(async () => {
      const stopping = onInterrupt()
      const done = await withDeps(loadConfig(), ({ core }) => core.housekeeping.run(progress(), stopping))
      console.log(lineOf(done) || 'nothing to do')
      if (stopping()) console.log('stopped before the end; run it again to go on')
    })
}

/** Ctrl-C ends the command after the transaction under way; a second one at once. @returns whether it was pressed. */
export function onInterrupt(): () => boolean {
  let pressed = false
  process.once('SIGINT', () => {
    pressed = true
  })
  return () => pressed
}

function progress(): (done: Housekept) => void {
  let last = Date.now()
  return (done) => {
    if (Date.now() - last < LINE_EVERY) return
    last = Date.now()
    console.error(lineOf(done))
  }
}

const lineOf = (done: Housekept): string =>
  Object.entries(done)
    .map(([name, rows]) => `${name}: ${rows}`)
    .join(', ')

/**
 * Keeps house beside a running server, about once a minute.
 * @param every milliseconds between two runs.
 * @returns what ends it, after the transaction under way.
 */
export function startHousekeeping({ core, logger }: Deps, every = EVERY): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  const later = () => setTimeout(begin, every * (0.5 + Math.random()))
  const begin = () => {
    running = keepHouse().then(() => {
      if (!stopped) timer = later()
    })
  }
  const keepHouse = async () => {
    try {
      const done = await core.housekeeping.run(undefined, () => stopped)
      if (Object.keys(done).length > 0) logger.info({ rows: done }, 'housekeeping')
    } catch (error) {
      logger.warn({ cause: loggedError(error) }, 'housekeeping failed, and is tried again')
    }
  }
  let timer = later()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
