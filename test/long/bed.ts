import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { connectionUrl, ensurePassword, settlePort } from '../../src/embedded/access.ts'
import { prepareBinaries } from '../../src/embedded/binaries.ts'
import { ensureCluster, ensureDatabase } from '../../src/embedded/cluster.ts'
import { dataOf, settleHome } from '../../src/embedded/home.ts'
import { clearOrphan } from '../../src/embedded/orphan.ts'
import { type Launch, launchPostmaster } from '../../src/embedded/postmaster.ts'
import { postgresInside } from '../../src/embedded/processes.ts'
import { eventually, temporaryDirectory } from '../e2e/support.ts'

/** A Postgres that is killed and started again as often as a test likes: nobody counts. */
export interface Bed {
  url: string
  /** Kills every process of it outright. */
  kill(): Promise<void>
  /** Starts it again, and ends when it takes connections. */
  revive(): Promise<void>
  /** What it has written to its log since it was started last. */
  log(): string
  stop(): Promise<void>
}

export async function startBed(): Promise<Bed> {
  const ignore = () => {}
  const home = settleHome(join(temporaryDirectory(), 'data'), ignore)
  const binaries = await prepareBinaries(home.account, ignore)
  ensurePassword(home)
  await ensureCluster(home, binaries, true, ignore)
  const launch: Launch = {
    home,
    binaries,
    port: await settlePort(home, ignore),
    settings: { max_connections: '300' },
  }
  const data = dataOf(home.dir)
  const logFile = join(home.dir, 'postgres.log')
  let from = 0
  let postmaster = await launchPostmaster(launch)
  await ensureDatabase(home.dir, launch.port)
  return {
    url: connectionUrl(home.dir, launch.port),
    kill: async () => {
      for (const pid of postgresInside(data)) kill(pid)
      await eventually(() => {
        // a backend that was being born is found the second time
        const left = postgresInside(data)
        for (const pid of left) kill(pid)
        return left.length === 0
      })
      await postmaster.ended
    },
    revive: async () => {
      from = readFileSync(logFile).length
      await clearOrphan(data, binaries.native, ignore)
      postmaster = await launchPostmaster(launch)
    },
    log: () => readFileSync(logFile).subarray(from).toString('utf8'),
    stop: () => postmaster.stop(),
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** When a client that knows nothing of the product gets its first answer there, by the clock of `performance`. */
export async function firstAnswer(url: string): Promise<number> {
  return eventually(async () => {
    const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 1, fetch_types: false })
    try {
      await sql.unsafe('select 1')
      return performance.now()
    } catch {
      return undefined
    } finally {
      // one that connected into a blackhole would never say goodbye
      await sql.end({ timeout: 0 })
    }
  })
}
