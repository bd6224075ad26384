import { setTimeout as pause } from 'node:timers/promises'
import { USE_YOUR_OWN } from './errors.ts'
import { dataOf } from './home.ts'
import { clearOrphan } from './orphan.ts'
import { type Launch, launchPostmaster, type Postmaster } from './postmaster.ts'

const FAILURE_LIMIT = 5
const FAILURE_WINDOW_MS = 60_000
const FIRST_BACKOFF_MS = 100

/** A server that comes back by itself, on the same port, until it is stopped or fails too often. */
export class SupervisedServer {
  readonly #launch: Launch
  readonly #log: (line: string) => void
  #postmaster: Postmaster
  #failures: number[] = []
  #revival: Promise<void> = Promise.resolve()
  #stopping = false

  constructor(launch: Launch, postmaster: Postmaster, log: (line: string) => void) {
    this.#launch = launch
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
      await pause(FIRST_BACKOFF_MS * 2 ** (this.#failures.length - 1))
      if (this.#stopping || (await this.#relaunch())) return
    }
    this.#log(
      `The embedded database failed ${FAILURE_LIMIT} times within a minute and stays down: ` +
        `see postgres.log in ${this.#launch.home.dir}, then start Broadsheet again, or ${USE_YOUR_OWN}.`,
    )
  }

  async #relaunch(): Promise<boolean> {
    const { home, binaries } = this.#launch
    try {
      await clearOrphan(dataOf(home.dir), binaries.native, this.#log)
      this.#postmaster = this.#watch(await launchPostmaster(this.#launch))
      this.#log('The embedded database is back')
      return true
    } catch (error) {
      this.#log(error instanceof Error ? error.message : String(error))
      return false
    }
  }

  /** Counts a failure; false when there were too many of late. */
  #mayTryAgain(): boolean {
    const now = Date.now()
    this.#failures = this.#failures.filter((at) => now - at < FAILURE_WINDOW_MS)
    this.#failures.push(now)
    return this.#failures.length < FAILURE_LIMIT
  }
}
