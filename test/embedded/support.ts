import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { onTestFinished, vi } from 'vitest'
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '../../src/embedded/supervisor.ts'

vi.setConfig({ testTimeout: 60_000 })

/** A directory for one test, open to the account Postgres runs as. */
export function temporaryDirectory(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'broadsheet-embedded-')))
  chmodSync(dir, 0o755)
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
  return dir
}

/** A database with the settings of a test, stopped when the test has ended. */
export async function startIn(
  dir: string,
  options: Partial<EmbeddedOptions> = {},
): Promise<EmbeddedPostgres & { lines: string[] }> {
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const database = await startEmbeddedPostgres({ dir, durable: false, whenOwned: 'refuse', log, ...options })
  onTestFinished(() => database.stop())
  return Object.assign(database, { lines })
}

/** The message of the error that starting there ends in. */
export async function refusal(dir: string, options: Partial<EmbeddedOptions> = {}): Promise<string> {
  const error: unknown = await startIn(dir, options).catch((reason) => reason)
  if (error instanceof EmbeddedPostgresError) return error.message
  throw new Error('expected the start to be refused', { cause: error })
}

/** Runs queries on a connection that is closed again. */
export async function query<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice() {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

export async function writeNote(url: string, text: string): Promise<void> {
  await query(url, async (sql) => {
    await sql`create table if not exists notes (text text)`
    await sql`insert into notes values (${text})`
  })
}

export async function readNotes(url: string): Promise<string[]> {
  return query(url, async (sql) => (await sql`select text from notes`).map((row) => String(row['text'])))
}

/** Polls until something is so; the test's own time limit ends a wait that is in vain. */
export async function eventually(condition: () => boolean | Promise<boolean>, stepMs = 20): Promise<void> {
  while (!(await condition())) await pause(stepMs)
}

/** The pid of the server itself, which need not be alive. */
export function postmasterPid(dir: string): number {
  return Number(readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8').split('\n')[0])
}

export interface LaunchedProcess {
  child: ChildProcess
  pid: number
}

export interface OwnerProcess extends LaunchedProcess {
  /** Its first line: the url, or why it did not start. */
  said: string
}

/** Has the database started by a Node process of its own, which can be killed meanwhile. */
export function launchOwnerProcess(dir: string, durable?: 'durable'): LaunchedProcess {
  const script = fileURLToPath(new URL('owner-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir, durable ?? ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, pid: child.pid ?? 0 }
}

/** The same, once it has started. */
export async function startOwnerProcess(dir: string, durable?: 'durable'): Promise<OwnerProcess> {
  const launched = launchOwnerProcess(dir, durable)
  const said = await new Promise<string>((resolve) => {
    if (launched.child.stdout) createInterface(launched.child.stdout).once('line', resolve)
  })
  return { ...launched, said }
}

/** Kills a process that we started, without warning, and waits until it is gone. */
export async function killOutright({ child }: LaunchedProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

/** Kills what would stop the database when its owner dies. */
export function killWatchdog({ pid }: OwnerProcess, dir: string): void {
  for (const child of childrenOf(pid).filter((other) => other !== postmasterPid(dir))) {
    process.kill(child, 'SIGKILL')
  }
}

function childrenOf(parent: number): number[] {
  const table = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return rows.filter(([, ppid]) => ppid === parent).map(([pid]) => Number(pid))
}
