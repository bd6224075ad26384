import { setTimeout as pause } from 'node:timers/promises'
import { type TailPosition, tailFromNow } from '../db/changes.ts'
import type { Db } from '../db/client.ts'
import { type ChangedComment, liveComments } from '../db/comment-changes.ts'
import { publicComments } from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import { AppError } from '../lib/errors.ts'
import { unmetered } from '../lib/meter.ts'
import type { Comment } from '../shapes/comments.ts'
import { presentComment } from './comment-views.ts'

/** What is told of the comments of an article. Each is a state, so that hearing it twice does no harm. */
export type CommentEvent =
  | { type: 'comment'; data: Comment }
  | { type: 'removed'; data: { id: string } }
  | { type: 'closed'; data: { articleId: string } }
  | { type: 'reset'; data: { articleId: string } }

/**
 * Is handed events, in their order. Whoever goes on from `position` misses nothing after the last of them.
 * Must not throw.
 */
export type CommentListener = (events: CommentEvent[], position: TailPosition) => void

/** Milliseconds between two rounds: an answer within a blink, for four small statements a second and instance. */
const PAUSE = 250
/** After rounds that failed, each pause is twice as long as the one before, up to this. */
const LONGEST_PAUSE = 4_000
/** Comments that may wait to be told to one listener; more than that are quicker loaded anew. */
export const BACKLOG = 500
/** Comments that are read at once, give or take those of one listener. */
const BATCH = 500

/** A listener, and what it has yet to be told. */
export class Seat {
  readonly articleId: string
  readonly listener: CommentListener
  /** It is still being found out what it missed: nothing is told before, for positions would lie. */
  held = true
  overflown = false
  /** By comment, whether its end may be told. */
  readonly backlog = new Map<string, boolean>()

  constructor(articleId: string, listener: CommentListener) {
    this.articleId = articleId
    this.listener = listener
  }

  get waits(): boolean {
    return this.overflown || this.backlog.size > 0
  }

  note({ id, told }: Pick<ChangedComment, 'id' | 'told'>): void {
    if (this.overflown) return
    const before = this.backlog.get(id) ?? false
    // the last change decides the place
    this.backlog.delete(id)
    this.backlog.set(id, told || before)
    if (this.backlog.size > BACKLOG) this.overflow()
  }

  overflow(): void {
    this.overflown = true
    this.backlog.clear()
  }

  settle(): void {
    this.overflown = false
    this.backlog.clear()
  }
}

/**
 * The one reader of the change log for all who follow comments on this instance: ADR 1. While somebody listens, it asks
 * again and again what has changed, reads these comments once for all as everybody sees them then, and tells each
 * listener. It holds a connection only while a statement runs. What a round that fails has not told is told by a later one.
 */
export class CommentTail {
  private readonly db: Db
  private readonly tell: (failure: unknown) => void
  private readonly seats = new Set<Seat>()
  private readonly stopping = new AbortController()
  /** Undefined while nobody listens. */
  private position: TailPosition | undefined
  private running: Promise<void> | undefined
  private round: Promise<void> | undefined
  /** The articles that the present round asks for. */
  private watched: ReadonlySet<string> = new Set()
  private failing = false

  /** @param tell is told of a failure when the log cannot be read any more, and of undefined when it can again. */
  constructor(db: Db, tell: (failure: unknown) => void = () => {}) {
    this.db = db
    this.tell = tell
  }

  /**
   * From now on all that changes under the article is kept for the listener, and told once the seat is `released`.
   * @throws UNAVAILABLE.
   */
  async join(articleId: string, listener: CommentListener): Promise<Seat> {
    const seat = new Seat(articleId, listener)
    this.seats.add(seat)
    try {
      await this.begin(articleId)
    } catch (error) {
      this.seats.delete(seat)
      throw error
    }
    return seat
  }

  leave(seat: Seat): void {
    this.seats.delete(seat)
  }

  /** The position from which a seat misses nothing; undefined while it has something to be told. */
  positionOf(seat: Seat): TailPosition | undefined {
    return seat.held || seat.waits ? undefined : this.position
  }

  /** Ends the present round, and begins none any more. */
  async close(): Promise<void> {
    this.stopping.abort()
    this.seats.clear()
    await this.running
  }

  /** After this, what is seen by a statement that begins now has been told, or is yet to be: nothing lies between. */
  private async begin(articleId: string): Promise<void> {
    if (this.stopping.signal.aborted) throw new AppError('UNAVAILABLE')
    if (this.position === undefined) {
      const now = await tailFromNow(this.db)
      this.position ??= now
    }
    // a round under way may step over changes of an article for which it did not ask
    if (this.round && !this.watched.has(articleId)) await this.round.catch(() => {})
    if (!this.running) this.running = unmetered(() => this.run())
  }

  private async run(): Promise<void> {
    let rest = PAUSE
    while (this.seats.size > 0) {
      rest = (await this.attempt()) ? PAUSE : Math.min(rest * 2, LONGEST_PAUSE)
      await pause(rest, undefined, { signal: this.stopping.signal }).catch(() => {})
    }
    this.position = undefined
    this.running = undefined
  }

  /** @returns whether the round came to its end; a database that is away is asked again later. */
  private async attempt(): Promise<boolean> {
    this.round = this.look()
    const failure = await this.round.then(
      () => undefined,
      (error: unknown) => error ?? new Error('A round failed'),
    )
    this.round = undefined
    const failed = failure !== undefined
    if (failed !== this.failing) this.tell(failure)
    this.failing = failed
    return !failed
  }

  private async look(): Promise<void> {
    this.watched = new Set([...this.seats].map(({ articleId }) => articleId))
    const { changed, hidden, position } = await liveComments(this.db, this.position as TailPosition, [
      ...this.watched,
    ])
    this.position = position
    this.note(changed)
    this.dismiss(hidden, position)
    for (const batch of this.batches()) await this.deliver(batch, position)
  }

  private note(changed: ChangedComment[]): void {
    const byArticle = new Map<string, ChangedComment[]>()
    for (const change of changed) {
      const others = byArticle.get(change.articleId)
      if (others) others.push(change)
      else byArticle.set(change.articleId, [change])
    }
    for (const seat of this.seats) for (const change of byArticle.get(seat.articleId) ?? []) seat.note(change)
  }

  /** Of an article that is not public any more nothing more is told. */
  private dismiss(hidden: string[], position: TailPosition): void {
    const closed = new Map(hidden.map((articleId) => [articleId, closing(articleId)]))
    for (const seat of this.seats) {
      const event = closed.get(seat.articleId)
      if (!event || seat.held) continue
      this.seats.delete(seat)
      seat.listener([event], position)
    }
  }

  /** Those who have something to be told, so many at once that their comments fit into memory. */
  private *batches(): Generator<Seat[]> {
    let batch: Seat[] = []
    let ids = new Set<string>()
    for (const seat of [...this.seats].filter(({ held, waits }) => waits && !held)) {
      batch.push(seat)
      for (const id of seat.backlog.keys()) ids.add(id)
      if (ids.size < BATCH) continue
      yield batch
      batch = []
      ids = new Set()
    }
    if (batch.length > 0) yield batch
  }

  private async deliver(batch: Seat[], position: TailPosition): Promise<void> {
    const events = await this.eventsOf(new Set(batch.flatMap(({ backlog }) => [...backlog.keys()])))
    for (const seat of batch) {
      if (!this.seats.has(seat)) continue
      const told = seat.overflown
        ? [resetting(seat.articleId)]
        : [...seat.backlog].flatMap(([id, mayEnd]) => events.get(id) ?? (mayEnd ? removal(id) : []))
      seat.settle()
      if (told.length > 0) seat.listener(told, position)
    }
  }

  /** One event for each comment that everybody may see now, the same for all listeners. */
  private async eventsOf(ids: Set<string>): Promise<Map<string, CommentEvent>> {
    if (ids.size === 0) return new Map()
    const rows = await publicComments.run(this.db, 'only', { ids: uuidArray([...ids]) })
    return new Map(rows.map((row) => [row.id, { type: 'comment', data: presentComment(row) }]))
  }
}

const removal = (id: string): CommentEvent => ({ type: 'removed', data: { id } })
const closing = (articleId: string): CommentEvent => ({ type: 'closed', data: { articleId } })
const resetting = (articleId: string): CommentEvent => ({ type: 'reset', data: { articleId } })
