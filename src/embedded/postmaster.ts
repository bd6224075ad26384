import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Binaries, program } from './binaries.ts'
import { EmbeddedPostgresError, lastLines, recogniseFailure, USE_YOUR_OWN } from './errors.ts'
import { readText } from './files.ts'
import { dataOf, type Home } from './home.ts'
import { openLog, type ServerLog } from './log.ts'
import { postgresEnvironment, until } from './processes.ts'
import { interrupt, quit } from './signals.ts'
import { setWatchdog } from './watchdog.ts'

const READY_LIMIT_MS = 60_000
const SHUTDOWN_LIMIT_MS = 60_000

/** All that it takes to run a server, for the first time as after a crash. */
export interface Launch {
  home: Home
  binaries: Binaries
  port: number
  settings: Record<string, string>
}

/** A running server. */
export interface Postmaster {
  /** Settles when the server has ended, for whatever reason, with how it did: "signal SIGKILL". */
  ended: Promise<string>
  /** Shuts it down and waits until it is gone. */
  stop(): Promise<void>
}

/** The port was taken between our looking and Postgres's listening. */
export class PortTakenError extends EmbeddedPostgresError {}

/** Starts the server and waits until it accepts connections. */
export async function launchPostmaster(launch: Launch): Promise<Postmaster> {
  const { home, binaries } = launch
  const log = openLog(home)
  const server = spawnServer(launch, log)
  const ending = watchEnd(server)
  if (server.pid) void ending.promise.then(setWatchdog(server.pid, home.account).dismiss)
  const isReady = () => server.pid !== undefined && readyPid(home) === server.pid
  await until(() => ending.how !== null || isReady(), READY_LIMIT_MS, 10)
  if (ending.how === null && isReady()) {
    return { ended: ending.promise, stop: () => shutDown(server, ending, binaries) }
  }
  const how = ending.how ?? `not ready after ${READY_LIMIT_MS / 1000} s`
  await shutDown(server, ending, binaries)
  throw startFailure(launch, how, log.written())
}

function spawnServer({ home, binaries, port, settings }: Launch, log: ServerLog): ChildProcess {
  const data = dataOf(home.dir)
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const args = ['-D', data, '-p', String(port), ...flags]
  try {
    const server = spawn(program(binaries.native, 'postgres'), args, {
      ...home.account.ids,
      cwd: data,
      env: postgresEnvironment(),
      // In a process group of its own: Ctrl-C is for the application, which drains and only then stops us.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    server.unref()
    return server
  } finally {
    log.close()
  }
}

interface Ending {
  how: string | null
  promise: Promise<string>
}

function watchEnd(server: ChildProcess): Ending {
  const promise = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message))
    server.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  const ending: Ending = { how: null, promise }
  void promise.then((how) => {
    ending.how = how
  })
  return ending
}

/** The pid of the server that is ready in the data directory, by the last line of its `postmaster.pid`. */
function readyPid({ dir }: Home): number | undefined {
  const lines = readText(join(dataOf(dir), 'postmaster.pid'))?.split('\n')
  return lines?.[7]?.trim() === 'ready' ? Number(lines[0]) : undefined
}

async function shutDown({ pid }: ChildProcess, ending: Ending, { native }: Binaries): Promise<void> {
  const isGone = () => ending.how !== null
  if (isGone() || !pid) return
  interrupt(native, pid)
  if (await until(isGone, SHUTDOWN_LIMIT_MS, 10)) return
  quit(native, pid)
  await until(isGone, SHUTDOWN_LIMIT_MS, 10)
}

function startFailure({ port, home }: Launch, how: string, output: string): EmbeddedPostgresError {
  if (/Address already in use/i.test(output)) return new PortTakenError(`Port ${port} is taken.`)
  return (
    recogniseFailure(output, home.dir) ??
    new EmbeddedPostgresError(
      `The embedded database in ${home.dir} did not start (${how}): see its last lines below, ` +
        `or ${USE_YOUR_OWN}.\n${lastLines(output)}`,
    )
  )
}
