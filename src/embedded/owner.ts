import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { giveTo } from './account.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { makeDirectory, readText, replaceFile } from './files.ts'
import type { Home } from './home.ts'
import { isAlive, startMark } from './processes.ts'

/** What `owner.json` says about the process whose database this is; it has no port before it is ready. */
export interface Owner {
  pid: number
  startedAt: string
  claim: string
  port: number | null
}

/** Our hold on the database. */
export interface Claim {
  publish(port: number): void
  /** False when the directory was removed or replaced meanwhile: what is there now is not ours. */
  isHeld(): boolean
  release(): void
}

/** The name of a claim. Whatever else lies beside it is none, and is left alone. */
const CLAIM = /^\d+-\d*-[0-9a-f]{8}$/

/** How long two processes that start at the same moment may take to agree on who is first. */
const AGREEMENT_LIMIT_MS = 10_000

/**
 * Claims the database, or tells who owns it. Each contender puts down a file of its own and then looks for
 * others: who finds none is the owner, who finds one steps back. A live process's file is never removed by
 * anyone else, so there is no stale lock to be taken over and no race in doing so.
 */
export async function claimDatabase(home: Home): Promise<{ claim: Claim } | { owner: Owner }> {
  const { dir } = home
  const deadline = Date.now() + AGREEMENT_LIMIT_MS
  for (;;) {
    const name = putDown(home)
    const rivals = liveClaims(dir).filter((other) => other !== name)
    if (rivals.length === 0) return { claim: takePossession(home, name) }
    rmSync(join(claimsOf(dir), name))
    const owner = readOwner(dir)
    if (owner && rivals.includes(owner.claim)) return { owner }
    if (Date.now() > deadline) throw undecided(dir, rivals)
    await pause(10 + Math.random() * 90)
  }
}

/** The owner of the moment; undefined when there is none or it is gone. */
export function liveOwner(dir: string): Owner | undefined {
  const owner = readOwner(dir)
  return owner && isLive(owner.claim) ? owner : undefined
}

function takePossession({ dir, account }: Home, name: string): Claim {
  const file = join(dir, 'owner.json')
  const startedAt = new Date().toISOString()
  const write = (port: number | null) => {
    const owner: Owner = { pid: process.pid, startedAt, claim: name, port }
    replaceFile(file, `${JSON.stringify(owner)}\n`, account)
  }
  const isHeld = () => existsSync(join(claimsOf(dir), name))
  const release = () => {
    // without our claim the file is that of another, who found a directory without an owner
    if (isHeld()) rmSync(file, { force: true })
    rmSync(join(claimsOf(dir), name), { force: true })
  }
  try {
    write(null)
  } catch (error) {
    release()
    throw error
  }
  return { publish: write, isHeld, release }
}

/** The name is the whole claim, `<pid>-<start mark>-<random>`: there is no moment when it is half written. */
function putDown({ dir, account }: Home): string {
  const name = [process.pid, startMark(process.pid), randomBytes(4).toString('hex')].join('-')
  makeDirectory(claimsOf(dir), 0o700)
  giveTo(account, claimsOf(dir))
  writeFileSync(join(claimsOf(dir), name), '', { flag: 'wx', mode: 0o600 })
  return name
}

function liveClaims(dir: string): string[] {
  const live: string[] = []
  for (const name of readdirSync(claimsOf(dir)).filter((entry) => CLAIM.test(entry))) {
    if (isLive(name)) live.push(name)
    else rmSync(join(claimsOf(dir), name), { force: true })
  }
  return live
}

function isLive(claim: string): boolean {
  const [pid, mark] = claim.split('-')
  const markNow = startMark(Number(pid))
  // Where start marks cannot be read, a running process has the benefit of the doubt.
  return isAlive(Number(pid)) && (mark === markNow || !mark || !markNow)
}

/** Undefined also for a file that is not whole, as a power cut may leave it. */
function readOwner(dir: string): Owner | undefined {
  try {
    const found: Partial<Owner> | null = JSON.parse(readText(join(dir, 'owner.json')) ?? 'null')
    return found?.claim && found.pid ? (found as Owner) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function claimsOf(dir: string): string {
  return join(dir, 'claims')
}

function undecided(dir: string, rivals: string[]): EmbeddedPostgresError {
  const pids = rivals.map((rival) => rival.split('-')[0]).join(' and ')
  return new EmbeddedPostgresError(
    `The embedded database in ${dir} is being opened by process ${pids}, which does not get on with it: ` +
      'stop that process, then try again.',
  )
}
