import { connectionUrl, ensurePassword, settlePort } from './access.ts'
import { prepareBinaries } from './binaries.ts'
import { ensureCluster, ensureDatabase } from './cluster.ts'
import { asEmbeddedPostgresError, EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { dataOf, type Home, settleHome } from './home.ts'
import { clearOrphan } from './orphan.ts'
import { type Claim, claimDatabase, liveOwner, type Owner } from './owner.ts'
import { type Launch, launchPostmaster, PortTakenError, type Postmaster } from './postmaster.ts'
import { until } from './processes.ts'
import { SupervisedServer } from './server.ts'

export { EmbeddedPostgresError }

/** A database that is ready to be connected to. */
export interface EmbeddedPostgres {
  url: string
  /** Where the data really is. */
  dir: string
  /** False when another live process owns the database and we only use it. */
  owned: boolean
  /** Shuts an owned database down and waits until it is gone. May be called again. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  dir: string
  /** False trades safety for speed, for databases that need not outlive a power cut: those of tests. */
  durable: boolean
  /** When the database has an owner: fail, naming it (a second server), or use its database (a command). */
  whenOwned: 'refuse' | 'share'
  log: (line: string) => void
  /** Further server settings, such as `max_connections`. */
  settings?: Record<string, string>
}

/** What `durable: false` sets. */
export const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
const OWNER_READY_LIMIT_MS = 60_000
const PORT_ATTEMPTS = 3

/** Starts the embedded database in a directory, or joins the process that already runs it. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    return await ownOrShare(options, settleHome(options.dir, options.log))
  } catch (error) {
    throw asEmbeddedPostgresError(error)
  }
}

async function ownOrShare(options: EmbeddedOptions, home: Home): Promise<EmbeddedPostgres> {
  for (;;) {
    const result = await claimDatabase(home)
    if ('claim' in result) return start(options, home, result.claim)
    if (options.whenOwned === 'refuse') throw alreadyOwned(home, result.owner)
    const port = await portOf(home, result.owner)
    if (port) return shared(home, port)
  }
}

/** The owner's port, once it is ready; undefined when it went away instead. */
async function portOf({ dir }: Home, owner: Owner): Promise<number | undefined> {
  const isSettled = () => liveOwner(dir)?.claim !== owner.claim || liveOwner(dir)?.port !== null
  if (!(await until(isSettled, OWNER_READY_LIMIT_MS))) throw neverReady(owner)
  return liveOwner(dir)?.port ?? undefined
}

function shared({ dir }: Home, port: number): EmbeddedPostgres {
  return { url: connectionUrl(dir, port), dir, owned: false, stop: async () => {} }
}

async function start(options: EmbeddedOptions, home: Home, claim: Claim): Promise<EmbeddedPostgres> {
  let postmaster: Postmaster | undefined
  try {
    const launch = await prepare(options, home)
    postmaster = await launchOnFreePort(launch, options.log)
    await ensureDatabase(home.dir, launch.port)
    claim.publish(launch.port)
    const server = new SupervisedServer(launch, postmaster, claim.isHeld, options.log)
    return owned(launch, server, claim)
  } catch (error) {
    await postmaster?.stop()
    claim.release()
    throw error
  }
}

async function prepare({ durable, settings, log }: EmbeddedOptions, home: Home): Promise<Launch> {
  const binaries = await prepareBinaries(home.account, log)
  ensurePassword(home)
  await ensureCluster(home, binaries, durable, log)
  await clearOrphan(dataOf(home.dir), binaries.native, log)
  const port = await settlePort(home, log)
  return { home, binaries, port, settings: { ...(durable ? {} : NOT_DURABLE), ...settings } }
}

async function launchOnFreePort(launch: Launch, log: (line: string) => void): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launchPostmaster(launch)
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error
      launch.port = await settlePort(launch.home, log)
    }
  }
}

function owned({ home, port }: Launch, server: SupervisedServer, claim: Claim): EmbeddedPostgres {
  const stop = async () => {
    await server.stop()
    claim.release()
  }
  let stopped: Promise<void> | undefined
  return {
    url: connectionUrl(home.dir, port),
    dir: home.dir,
    owned: true,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

function alreadyOwned({ dir }: Home, { pid }: Owner): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The embedded database in ${dir} is in use by another Broadsheet, process ${pid}: ` +
      `stop that first, or ${USE_YOUR_OWN}.`,
  )
}

function neverReady({ pid }: Owner): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Process ${pid}, which runs the embedded database, did not get it ready in ` +
      `${OWNER_READY_LIMIT_MS / 1000} seconds: look at its messages, or ${USE_YOUR_OWN}.`,
  )
}
