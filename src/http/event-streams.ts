import { finished, Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { clientNetwork } from '../lib/network.ts'
import { logRequest } from './logging.ts'
import { turnedAwayReporter } from './turned-away.ts'
import './types.ts'

/** One event of `text/event-stream`. */
export interface ServerEvent {
  type: string
  data: object
}

/** Milliseconds between two signs of life: within the 20 s after which a silent connection is cut (app.ts). */
const HEARTBEAT = 15_000
/** A client that comes back waits for so many milliseconds, chosen for each so that they do not all come at once. */
const RETRY = { least: 1_000, most: 5_000 }
/** Bytes that may lie unsent when there is more to say: whoever reads more slowly than that comes back later. */
const UNSENT = 256 * 1024
/** Streams of one address: a household, an office, a few tabs each. */
const OF_ONE_CLIENT = 20
/** Milliseconds that a client gets to take what was said last. */
const LAST_WORDS = 1_000

/**
 * For `handlerTimeout` of a route that answers by a stream, as much as a timer takes: a stream is not late because it is
 * open. Whatever comes before it is bounded by the database.
 */
export const STREAM_TIMEOUT = 2 ** 31 - 1

/**
 * Streams of Server-Sent Events of this instance: at most `limit` at once, and so many of one client. They are payloads
 * like any other, so that hooks and headers are those of every answer; they end when the server closes.
 * @returns what a route begins a stream with.
 */
export function registerEventStreams(
  app: FastifyInstance,
  limit: number,
  heartbeat: number = HEARTBEAT,
): EventStreams {
  const report = turnedAwayReporter((count) =>
    app.log.warn({ turnedAway: count, limit }, 'turned away: too many streams'),
  )
  app.decorateRequest('streams', false)
  const streams = new EventStreams(limit, heartbeat, report)
  app.addHook('preClose', async () => streams.close())
  return streams
}

export class EventStreams {
  private readonly limit: number
  private readonly heartbeat: number
  private readonly report: () => void
  private readonly open = new Set<EventStream>()
  private readonly byClient = new Map<string, number>()
  private closed = false

  constructor(limit: number, heartbeat: number, report: () => void) {
    this.limit = limit
    this.heartbeat = heartbeat
    this.report = report
  }

  /** Takes a place, which is given back when the connection ends. @throws OVERLOADED, RATE_LIMITED, UNAVAILABLE. */
  take(request: FastifyRequest, reply: FastifyReply): EventStream {
    if (this.closed) throw new AppError('UNAVAILABLE')
    const client = clientNetwork(request.ip)
    const ofClient = this.byClient.get(client) ?? 0
    this.refuse(
      request,
      this.open.size >= this.limit,
      'OVERLOADED',
      'This server has as many streams as it may',
    )
    this.refuse(
      request,
      ofClient >= OF_ONE_CLIENT,
      'RATE_LIMITED',
      `A client may have ${OF_ONE_CLIENT} streams`,
    )
    const stream = new EventStream(request, reply, this.heartbeat)
    this.open.add(stream)
    this.byClient.set(client, ofClient + 1)
    stream.whenOver(() => {
      this.open.delete(stream)
      const left = (this.byClient.get(client) ?? 0) - 1
      if (left > 0) this.byClient.set(client, left)
      else this.byClient.delete(client)
    })
    return stream
  }

  /** Ends every stream, and begins none any more. */
  close(): void {
    this.closed = true
    for (const stream of this.open) stream.end()
  }

  private refuse(
    request: FastifyRequest,
    refused: boolean,
    code: 'OVERLOADED' | 'RATE_LIMITED',
    detail: string,
  ): void {
    if (!refused) return
    request.turnedAway = true
    this.report()
    throw new AppError(code, { detail, headers: { 'retry-after': '5' } })
  }
}

/** A place for a stream, and the stream once it is begun. */
export class EventStream {
  private readonly request: FastifyRequest
  private readonly reply: FastifyReply
  private readonly heartbeat: number
  private readonly payload = new Readable({ read() {} })
  private readonly afterwards: (() => void)[] = []
  private over = false
  private ended = false
  private events = 0

  constructor(request: FastifyRequest, reply: FastifyReply, heartbeat: number) {
    this.request = request
    this.reply = reply
    this.heartbeat = heartbeat
    // whatever becomes of the request, its answer or its connection ends some time
    finished(reply.raw, () => this.finish())
  }

  /** Runs `work` once the stream is over, however it came to that; at once where it is already. */
  whenOver(work: () => void): void {
    if (this.over) work()
    else this.afterwards.push(work)
  }

  /**
   * Answers with the stream.
   * @param firstId the id to resume from before any event.
   * @param currentId the id to resume from in a quiet time.
   */
  begin(firstId: string | undefined, currentId: () => string | undefined): FastifyReply {
    this.request.streams = true
    this.whenOver(() => logRequest(this.request, this.reply, { events: this.events }))
    const retry = RETRY.least + Math.round(Math.random() * (RETRY.most - RETRY.least))
    this.payload.push(`retry: ${retry}\n${idLine(firstId)}\n`)
    const beat = setInterval(() => this.write(`:\n${idLine(currentId())}\n`), this.heartbeat)
    this.whenOver(() => clearInterval(beat))
    // a proxy that waits for the end of an answer would wait for long
    return this.reply.type('text/event-stream').header('x-accel-buffering', 'no').send(this.payload)
  }

  /** @param id to resume from after the last of these events; the others come with none, and leave it as it was. */
  send(events: readonly ServerEvent[], id: string): void {
    this.events += events.length
    const last = events.length - 1
    this.write(events.map((event, i) => idLine(i === last ? id : undefined) + textOf(event)).join(''))
  }

  /** Says nothing more. What was said is still sent, for a moment. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.payload.push(null)
    const cut = setTimeout(() => this.reply.raw.destroy(), LAST_WORDS)
    this.whenOver(() => clearTimeout(cut))
  }

  private write(text: string): void {
    if (this.ended || this.over) return
    const unsent = this.payload.readableLength + this.reply.raw.writableLength
    if (unsent > UNSENT) this.reply.raw.destroy()
    else this.payload.push(text)
  }

  private finish(): void {
    this.over = true
    for (const work of this.afterwards.splice(0)) work()
  }
}

const idLine = (id: string | undefined): string => (id === undefined ? '' : `id: ${id}\n`)

/** The same event goes to many: it is put into words once. JSON has no line breaks of its own. */
const texts = new WeakMap<ServerEvent, string>()
function textOf(event: ServerEvent): string {
  const text = texts.get(event) ?? `event: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`
  texts.set(event, text)
  return text
}
