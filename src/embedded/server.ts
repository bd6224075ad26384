import { DiskFullError, USE_YOUR_OWN } from './errors.ts'
import { dataOf } from './home.ts'
import { clearOrphan } from './orphan.ts'
import { type Launch, launchPostmaster, type Postmaster } from './postmaster.ts'
import { until } from './processes.ts'

const FAILURE_LIMIT = 5
const FAILURE_WINDOW_MS = 60_000
const FIRST_BACKOFF_MS = 100
const DISK_FULL_PAUSE_MS = 2000

/** A server that comes back by itself, on the same port, until it is stopped or fails too often. */
export class SupervisedServer {
  readonly #launch: Launch
  readonly #isOurs: () => boolean
  readonly #log: (line: string) => void
  #postmaster: Postmaster
  #failures: number[] = []
  #revival: Promise<void> = Promise.resolve()
  #stopping = false

  /** @param isOurs whether the directory is still the one that was claimed. */
  constructor(launch: Launch, postmaster: Postmaster, isOurs: () => boolean, log: (line: string) => void) {
    this.#launch = launch
    this.#isOurs = isOurs
    this.#log = log
    this.#postmaster = this.#watch(postmaster)
  }

  /** Shuts the server down for good, after an attempt to revive it that is under way. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#revival
    await this.#postmaster.stop()
  }

  #watch(postmaster: Postmaster): Postmaster {
    void postmaster.ended.then((how) => {
      if (!this.#stopping) this.#revival = this.#revive(how)
    })
    return postmaster
  }

  async #revive(how: string): Promise<void> {
    this.#log(`The embedded database ended unexpectedly (${how}); starting it again`)
    while (this.#mayTryAgain()) {
      await this.#pause(FIRST_BACKOFF_MS * 2 ** (this.#failures.length - 1))
      if (this.#stopping || (await this.#relaunch())) return
      if (!this.#isOurs()) return this.#log(this.#lost())
    }
    this.#log(
      `The embedded database failed ${FAILURE_LIMIT} times within a minute and stays down: ` +
        `see postgres.log in ${this.#launch.home.dir}, then start Broadsheet again, or ${USE_YOUR_OWN}.`,
    )
  }

  /** Tries for as long as the disk is full, which is no failure of the server's: someone will make room. */
  async #relaunch(): Promise<boolean> {
    for (let told = false; !this.#stopping; told = true) {
      try {
        return await this.#launchAgain()
      } catch (error) {
        if (!(error instanceof DiskFullError)) {
          this.#log(error instanceof Error ? error.message : String(error))
          return false
        }
        if (!told) this.#log(`${error.message} It comes back by itself when there is space.`)
        await this.#pause(DISK_FULL_PAUSE_MS)
      }
    }
    return false
  }

  async #launchAgain(): Promise<boolean> {
    const { home, binaries } = this.#launch
    // Before anything is stopped or removed: what is there now may be the database of another process.
    if (!this.#isOurs()) return false
    await clearOrphan(dataOf(home.dir), binaries.native, this.#log)
    this.#postmaster = this.#watch(await launchPostmaster(this.#launch))
    this.#log('The embedded database is back')
    return true
  }

  /** Waits, but not when we are to stop. */
  async #pause(ms: number): Promise<void> {
    await until(() => this.#stopping, ms)
  }

  #lost(): string {
    return (
      `The directory of the embedded database, ${this.#launch.home.dir}, was removed or replaced while it ran, ` +
      `so it stays down: start Broadsheet again, or ${USE_YOUR_OWN}.`
    )
  }

  /** Counts a failure; false when there were too many of late. */
  #mayTryAgain(): boolean {
    const now = performance.now()
    this.#failures = this.#failures.filter((at) => now - at < FAILURE_WINDOW_MS)
    this.#failures.push(now)
    return this.#failures.length < FAILURE_LIMIT
  }
}
