import { AppError } from '../lib/errors.ts'

export interface GateOptions<T> {
  /** How many may wait at once. */
  queue: number
  /** Milliseconds that one may wait, also for a thing that is being prepared. */
  wait: number
  /** Whether a thing can be used at once. What could a while ago may not any more. */
  isReady(item: T): boolean
  /** Makes it ready. */
  prepare(item: T): Promise<void>
}

interface Waiting<T> {
  /** Counts up in the order of coming. */
  ticket: number
  resolve(item: T): void
  reject(error: unknown): void
  timer: NodeJS.Timeout
}

/**
 * Hands out a fixed number of things, one user each, first come first served. Whoever cannot be served soon is told
 * so soon: behind a database that is slow or away, a queue without bounds only makes everybody late.
 *
 * Nobody prepares a thing for himself. What takes longer than one may wait would never be finished then; so it goes
 * on without him, for whoever comes next.
 */
export class Gate<T> {
  private readonly free: T[]
  private readonly waiting: Waiting<T>[] = []
  private tickets = 0
  private preparing = 0
  private closed = false
  private readonly options: GateOptions<T>

  constructor(items: T[], options: GateOptions<T>) {
    this.free = [...items]
    this.options = options
  }

  /**
   * Runs `work` with one of the things.
   * @throws UNAVAILABLE where none comes free in time, or too many wait; what `prepare` throws.
   */
  async use<R>(work: (item: T) => Promise<R>): Promise<R> {
    const item = this.takeReady() ?? (await this.queueUp())
    try {
      return await work(item)
    } finally {
      this.giveBack(item)
    }
  }

  /** Nothing is handed out any more: who waits is turned away, and nothing is prepared. */
  close(): void {
    this.closed = true
    for (let next = this.nextWaiting(); next; next = this.nextWaiting()) next.reject(busy())
  }

  /** The one given back last: its caches are warm. */
  private takeReady(): T | undefined {
    if (this.closed) return undefined
    const at = this.free.findLastIndex((item) => this.options.isReady(item))
    return at < 0 ? undefined : this.free.splice(at, 1)[0]
  }

  private queueUp(): Promise<T> {
    if (this.closed || this.waiting.length >= this.options.queue) throw busy()
    return new Promise((resolve, reject) => {
      const waiting: Waiting<T> = {
        ticket: ++this.tickets,
        resolve,
        reject,
        timer: setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(waiting), 1)
          reject(busy())
        }, this.options.wait),
      }
      this.waiting.push(waiting)
      this.prepareForWaiting()
    })
  }

  private giveBack(item: T): void {
    if (!this.options.isReady(item)) {
      this.free.push(item)
      this.prepareForWaiting()
      return
    }
    const next = this.nextWaiting()
    if (next) next.resolve(item)
    else this.free.push(item)
  }

  private nextWaiting(): Waiting<T> | undefined {
    const next = this.waiting.shift()
    clearTimeout(next?.timer)
    return next
  }

  /** Of what lies about unready, as many as somebody waits for. */
  private prepareForWaiting(): void {
    while (this.preparing < this.waiting.length) {
      const item = this.free.pop()
      if (item === undefined) return
      this.preparing++
      void this.prepare(item)
    }
  }

  private async prepare(item: T): Promise<void> {
    const began = this.tickets
    try {
      await this.options.prepare(item)
    } catch (error) {
      // one attempt is one answer, to whoever has waited longest; it says nothing to those who came later
      if (this.waiting[0] && this.waiting[0].ticket <= began) this.nextWaiting()?.reject(error)
    }
    this.preparing--
    this.giveBack(item)
  }
}

const busy = () => new AppError('UNAVAILABLE')
