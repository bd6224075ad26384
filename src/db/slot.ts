import net from 'node:net'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

export interface SlotOptions {
  url: string
  /** Milliseconds that the server gives one statement. */
  statementTimeout: number
  prepare: boolean
}

/** Beyond the server's own limit: after this much more, the connection itself is taken for dead. */
const GRACE = 1000
const CONNECT_TIMEOUT = 2000
/** A connection is given up after this long, so that a failover or new settings reach every instance. */
const LIFETIME = 30 * 60_000

/**
 * Texts that a connection prepares at most. It keeps each for as long as it lives (some 40 KiB a statement seen), and
 * the texts come in more combinations than a server could hold; those that come later run unprepared, a little slower.
 */
const MAX_PREPARED = 200

/** Text, parameters, and whether to prepare it: what Drizzle hands to the driver. */
export type Statement = Parameters<postgres.Sql['unsafe']>
/** As rows of names, or of columns. */
export type Shape = (query: postgres.PendingQuery<postgres.Row[]>) => PromiseLike<unknown>

/** What a lost connection rejects with; pg-errors.ts knows the codes. */
class ConnectionLost extends Error {
  readonly code: string

  constructor(code: 'CONNECTION_CLOSED' | 'STATEMENT_UNANSWERED') {
    super(code)
    this.code = code
  }
}

/**
 * One connection, for one user at a time. The driver's own pool is not used: it sends statements of several users
 * down one connection, hides that a connection was replaced under a transaction, waits for ever on a half-open
 * socket, and ends the process when a backend dies inside `begin()`. Here a connection that failed is thrown away
 * whole, and a statement ends in bounded time. See docs/adr/0008.
 */
export class Slot {
  private readonly options: SlotOptions
  private client: postgres.Sql | undefined
  private socket: net.Socket | undefined
  private born = 0
  private prepared = new Set<string>()
  /** Statements take turns, also where a caller sends several at once. */
  private tail: Promise<unknown> = Promise.resolve()

  constructor(options: SlotOptions) {
    this.options = options
  }

  /**
   * The connection as it is now. What is begun on it must go on on it: `send` refuses another one.
   */
  open(): postgres.Sql {
    if (this.client && Date.now() - this.born > LIFETIME) this.discard()
    this.client ??= this.connect()
    return this.client
  }

  /** True while `client` is still the connection of this slot. */
  holds(client: postgres.Sql): boolean {
    return this.client === client
  }

  /**
   * Sends one statement and waits for its end, at most until the server's limit and a little more.
   * @throws PostgresError as the server says it; anything else means that the connection is gone.
   */
  send(client: postgres.Sql, statement: Statement, shape: Shape): Promise<unknown> {
    const turn = this.tail.then(() => this.run(client, statement, shape))
    this.tail = turn.catch(() => {})
    return turn
  }

  private async run(client: postgres.Sql, statement: Statement, shape: Shape): Promise<unknown> {
    if (!this.holds(client)) throw new ConnectionLost('CONNECTION_CLOSED')
    let timer: NodeJS.Timeout | undefined
    const unanswered = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ConnectionLost('STATEMENT_UNANSWERED')),
        this.options.statementTimeout + GRACE,
      )
    })
    try {
      return await Promise.race([shape(client.unsafe(...this.bounded(statement))), unanswered])
    } catch (error) {
      // a FATAL ends the session; any other word of the server leaves it as it was
      const survives =
        error instanceof postgres.PostgresError &&
        error.severity_local !== 'FATAL' &&
        error.severity !== 'FATAL'
      if (!survives && this.holds(client)) this.discard()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  private bounded([text, params, options]: Statement): Statement {
    if (options?.prepare && this.prepared.size < MAX_PREPARED) this.prepared.add(text)
    return [text, params, { prepare: this.prepared.has(text) }]
  }

  /** Throws the connection away, whatever state it is in. */
  discard(): void {
    const { client, socket } = this
    this.client = undefined
    this.socket = undefined
    // settles what still waits; the socket may be half open, and then never closes by itself
    client?.end({ timeout: 0 }).catch(() => {})
    socket?.destroy()
  }

  /** Says goodbye to the server, after the statement under way. */
  async close(): Promise<void> {
    await this.tail
    const { client, socket } = this
    this.client = undefined
    await client?.end({ timeout: 1 }).catch(() => {})
    socket?.destroy()
  }

  private connect(): postgres.Sql {
    const { url, statementTimeout, prepare } = this.options
    this.born = Date.now()
    this.prepared = new Set()
    const client: postgres.Sql = postgres(url, {
      max: 1,
      prepare,
      fetch_types: false,
      connect_timeout: CONNECT_TIMEOUT / 1000,
      // ours to decide: the driver would end an idle connection in the middle of a transaction
      idle_timeout: 0,
      max_lifetime: null,
      backoff: () => 0,
      socket: (options: { host: string[]; port: number[]; path?: string }) => this.dial(options),
      onnotice: () => {},
      onclose: () => {
        if (this.client === client) this.discard()
      },
      connection: {
        application_name: 'broadsheet',
        TimeZone: 'UTC',
        statement_timeout: statementTimeout,
        lock_timeout: Math.min(2000, statementTimeout),
        idle_in_transaction_session_timeout: 10_000,
        // the triggers need it: they look at what others committed after a lock was won
        default_transaction_isolation: 'read committed',
        // JIT costs more than it saves on statements of a few milliseconds, and its timing jumps
        jit: 'off' as unknown as boolean,
      },
    } as postgres.Options<Record<string, never>>)
    // for its effect on the client: dates stay text, JSON is passed as it is, as Drizzle expects
    drizzle(client)
    return client
  }

  private dial({ host, port, path }: { host: string[]; port: number[]; path?: string }): Promise<net.Socket> {
    return new Promise((resolve, reject) => {
      const socket = path
        ? net.connect(path)
        : net.connect({ host: host[0] as string, port: port[0] as number, keepAlive: true })
      this.socket = socket
      const timer = setTimeout(() => socket.destroy(new ConnectionLost('CONNECTION_CLOSED')), CONNECT_TIMEOUT)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', reject)
        resolve(socket)
      })
      socket.once('error', reject)
      socket.once('close', () => clearTimeout(timer))
    })
  }
}
