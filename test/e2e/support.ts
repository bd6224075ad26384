import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { inject, onTestFinished, vi } from 'vitest'
import { NO_LIMITS } from '../setup/limits.ts'

/** These tests know the program from outside only: its build, its environment, what it prints and answers. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(ROOT, 'dist', 'main.js')
const STAMP = join(ROOT, 'dist', '.tsbuildinfo')
const LOCK = join(ROOT, 'node_modules', '.broadsheet-e2e-build')

/** Polls until something is so; the test's own time limit ends a wait that is in vain. */
export async function eventually<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look()
    if (found) return found
    await pause(25)
  }
}

let building: Promise<void> | undefined

/** Builds what is older than its sources, once, whichever test file comes first. */
export function built(): Promise<void> {
  building ??= build()
  return building
}

async function build(): Promise<void> {
  await eventually(() => lock())
  try {
    if (isFresh()) return
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
    utimesSync(STAMP, new Date(), new Date())
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

/** A directory is made by one only; one that a killed run left behind is older than any build takes. */
function lock(): boolean {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs
    if (since && Date.now() - since > 60_000) rmSync(LOCK, { recursive: true, force: true })
    return false
  }
}

function isFresh(): boolean {
  if (!existsSync(MAIN) || !existsSync(STAMP)) return false
  const builtAt = statSync(STAMP).mtimeMs
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  return sources.every((name) => statSync(join(ROOT, 'src', name)).mtimeMs <= builtAt)
}

/** When to put away what a test needs: with the test itself, or, with `afterAll`, with its file. */
export type AtEnd = (work: () => Promise<void>) => void

/** A directory, open to the account Postgres runs as. */
export function temporaryDirectory(atEnd: AtEnd = onTestFinished): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'broadsheet-e2e-')))
  chmodSync(dir, 0o755)
  atEnd(async () => {
    // a database whose server was killed takes a moment to go
    await eventually(() => !postgresRuns(join(dir, 'data')))
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  return dir
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

type Env = Record<string, string>

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  pid: number
  output(): string
  ended: Promise<Ended>
}

/**
 * How else a command is to be run: what to run instead, which has to become the program (`exec`), so that its pid is
 * the program's.
 */
export type Wrap = (command: string[], env: Env) => string[]

/** Starts the program away from its folder, with nothing of our own environment that it reads. */
export async function launch(
  args: string[],
  env: Env,
  stdin?: Buffer | string,
  atEnd: AtEnd = onTestFinished,
  wrap: Wrap = (command) => command,
): Promise<Running> {
  await built()
  const { PATH = '', HOME = '' } = process.env
  const [file = '', ...rest] = wrap([process.execPath, MAIN, ...args], env)
  const child = spawn(file, rest, {
    cwd: tmpdir(),
    env: { PATH, HOME, ...NO_LIMITS, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  atEnd(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...said }))
  })
  return { child, pid: child.pid as number, output: () => said.stdout + said.stderr, ended }
}

/** Runs a command to its end. */
export async function run(args: string[], env: Env, stdin?: Buffer | string): Promise<Ended> {
  return (await launch(args, env, stdin)).ended
}

export interface Server extends Running {
  url: string
  dir: string
  env: Env
}

/** Starts a server and waits until it says that it is ready. */
export async function startServer(
  env: Env = {},
  args: string[] = [],
  atEnd: AtEnd = onTestFinished,
  wrap?: Wrap,
): Promise<Server> {
  const dir = env['DATA_DIR'] ?? (env['DATABASE_URL'] ? '' : join(temporaryDirectory(atEnd), 'data'))
  const port = await freePort()
  // no balancer has to see these go
  const all = { ...(dir && { DATA_DIR: dir }), PORT: String(port), DRAIN_DELAY: '0', ...env }
  const running = await launch(args, all, undefined, atEnd, wrap)
  const url = `http://127.0.0.1:${all.PORT}`
  let over = false
  void running.ended.then(() => {
    over = true
  })
  await eventually(async () => {
    if (over) throw new Error(`The server ended: ${running.output()}`)
    // its own word, for another server may be ready at the same address
    return running.output().includes('Broadsheet is at') && isReady(url)
  })
  return { ...running, url, dir, env: all }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).status === 200
  } catch {
    return false
  }
}

/** Ends a server as a service manager does. */
export function stop({ child, ended }: Running): Promise<Ended> {
  child.kill('SIGTERM')
  return ended
}

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

export function post(body: unknown, headers: Env = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

/** The one sentence, or few, in which a command fails: no stack, no SQL, nothing on stdout but what it did. */
export function sentenceOf({ code, stderr, stdout }: Ended): string {
  if (code !== 1) throw new Error(`exit code ${code}: ${stdout}${stderr}`)
  if (/^\s+at |node:internal|PostgresError|select /m.test(stdout + stderr))
    throw new Error(`not for people: ${stdout}${stderr}`)
  return stderr.trim()
}

let databases = 0

/** An empty database on the server of the tests. @returns its url. */
export async function emptyDatabase(): Promise<string> {
  const server = inject('serverUrl')
  const name = `${inject('template')}_e2e_${process.pid}_${databases++}`
  await onServer(server, (sql) => sql`create database ${sql(name)}`)
  onTestFinished(() => onServer(server, (sql) => sql`drop database ${sql(name)} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function onServer(url: string, work: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

export const statement = onServer

/** Whether the embedded Postgres of a directory runs. */
export function postgresRuns(dir: string): boolean {
  try {
    const pid = Number(readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The processes, other than zombies, whose command line names a directory. */
export function processesIn(dir: string): string[] {
  const table = execFileSync('ps', ['-axo', 'pid=,stat=,args='], { encoding: 'utf8' })
  return table.split('\n').filter((line) => line.includes(dir) && !/^\s*\d+ Z/.test(line))
}
