import type net from 'node:net'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { ConnectionLost, dial, type Target } from './dial.ts'

export interface SlotOptions {
  url: string
  /** Milliseconds that the server gives one statement. */
  statementTimeout: number
  prepare: boolean
}

/** Beyond the server's own limit: after this much more, the connection itself is taken for dead. */
const GRACE = 250
/**
 * A connection on which nothing came for this long is asked before it is used. Into a network that has gone silent
 * meanwhile, a statement would be sent in vain, and be known to be lost only after its limit.
 */
const FRESH = 500
/** For the answer. */
const CHECK_TIMEOUT = 500
/** For all of it: names, hosts, TLS, login. Short, so that an attempt begun in an outage does not outlast it by much. */
const CONNECT_TIMEOUT = 1500
/**
 * What a transaction gets at the server, from 17 on. A client that is lost between the halves of a statement leaves
 * its backend waiting for the second one: that is not idle, so no other limit ends it, and it keeps its locks.
 */
const TRANSACTION_TIMEOUT = 30_000
/** A connection is given up after this long, so that a failover or new settings reach every instance. */
const LIFETIME = 30 * 60_000
/** And up to this share sooner, so that they do not all go at once. */
const JITTER = 0.2

/**
 * Texts that a connection prepares at most. It keeps each for as long as it lives (some 40 KiB a statement seen), and
 * the texts come in more combinations than a server could hold; those that come later run unprepared, a little slower.
 */
const MAX_PREPARED = 200

/** Text, parameters, and whether to prepare it: what Drizzle hands to the driver. */
export type Statement = Parameters<postgres.Sql['unsafe']>
/** As rows of names, or of columns. */
export type Shape = (query: postgres.PendingQuery<postgres.Row[]>) => PromiseLike<unknown>

/** The driver does not do what this file depends on. Nothing helps but another version of it. */
export class DriverUnfit extends Error {}

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
  /** The server has answered on it. */
  private loggedIn = false
  private born = 0
  private readonly lifetime = LIFETIME * (1 - JITTER * Math.random())
  /** When the server was heard last. */
  private heard = 0
  /** The host to begin with, of several: not the one that failed last. */
  private firstHost = 0
  private prepared = new Set<string>()
  private closed = false
  /** Statements take turns, also where a caller sends several at once. */
  private tail: Promise<unknown> = Promise.resolve()

  constructor(options: SlotOptions) {
    this.options = options
  }

  /** Whether there is a connection to use at once. */
  isReady(): boolean {
    return this.isOpen() && performance.now() - this.heard <= FRESH
  }

  /** Makes it so: with the connection that there is, if the server answers on it, else with a new one. @throws as `connect`. */
  async makeReady(): Promise<void> {
    if (this.isOpen() && (await this.answers())) return
    await this.connect()
  }

  private isOpen(): boolean {
    return this.loggedIn && performance.now() - this.born <= this.lifetime
  }

  private async answers(): Promise<boolean> {
    try {
      await this.run(this.connection(), ['select 1'], (query) => query, CHECK_TIMEOUT)
      return true
    } catch {
      return false
    }
  }

  /**
   * The connection as it is now. What is begun on it must go on on it: `send` refuses another one.
   * @throws ConnectionLost where there is none: `connect` makes one.
   */
  connection(): postgres.Sql {
    if (!this.client || !this.loggedIn) throw new ConnectionLost('CONNECTION_CLOSED')
    return this.client
  }

  /** True while `client` is still the connection of this slot. */
  holds(client: postgres.Sql): boolean {
    return this.client === client
  }

  /**
   * Opens a connection, in place of any old one, and has the server answer on it.
   * @throws PostgresError where the server declines; ConnectionLost where it cannot be reached in time; DriverUnfit.
   */
  async connect(): Promise<void> {
    this.discard()
    if (this.closed) throw new ConnectionLost('CONNECTION_CLOSED')
    let fail: (error: unknown) => void = () => {}
    const failed = new Promise<never>((_, reject) => {
      fail = reject
    })
    // the driver does not pass on every failure to dial: with several hosts it waits for the next one
    const client = this.newClient(fail)
    this.client = client
    const timer = setTimeout(() => fail(new ConnectionLost('CONNECT_TIMEOUT')), CONNECT_TIMEOUT)
    try {
      await Promise.race([client.unsafe(this.greeting()), failed])
      if (!this.holds(client)) throw new ConnectionLost('CONNECTION_CLOSED')
      if (!this.socket?.bytesRead) throw new DriverUnfit(IGNORED_SOCKET)
      this.loggedIn = true
      this.born = performance.now()
      this.heard = this.born
    } catch (error) {
      this.firstHost++
      if (this.holds(client)) this.discard()
      if (error instanceof postgres.PostgresError || error instanceof DriverUnfit) throw error
      throw new ConnectionLost('CONNECTION_CLOSED', error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The first statement: a setting that older servers would not take at the login. It stays away from poolers. */
  private greeting(): string {
    const { prepare, statementTimeout } = this.options
    if (!prepare) return 'select 1'
    return `select set_config(name, '${Math.max(TRANSACTION_TIMEOUT, 2 * statementTimeout)}', false)
      from pg_settings where name = 'transaction_timeout'`
  }

  /**
   * Sends one statement and waits for its end, at most until the server's limit and a little more.
   * @param limit milliseconds; another one than that of the session where the transaction set it.
   * @throws PostgresError as the server says it; anything else means that the connection is gone.
   */
  send(
    client: postgres.Sql,
    statement: Statement,
    shape: Shape,
    limit = this.options.statementTimeout,
  ): Promise<unknown> {
    const turn = this.tail.then(() => this.run(client, statement, shape, limit + GRACE))
    this.tail = turn.catch(() => {})
    return turn
  }

  private async run(
    client: postgres.Sql,
    statement: Statement,
    shape: Shape,
    limit: number,
  ): Promise<unknown> {
    if (!this.holds(client)) throw new ConnectionLost('CONNECTION_CLOSED')
    let timer: NodeJS.Timeout | undefined
    const unanswered = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ConnectionLost('STATEMENT_UNANSWERED')), limit)
    })
    try {
      const answer = await Promise.race([shape(client.unsafe(...this.bounded(statement))), unanswered])
      this.heard = performance.now()
      return answer
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
    this.loggedIn = false
    this.prepared = new Set()
    // settles what still waits; the socket may be half open, and then never closes by itself
    client?.end({ timeout: 0 }).catch(() => {})
    socket?.destroy()
  }

  /** Says goodbye to the server, after the statement under way. */
  async close(): Promise<void> {
    this.closed = true
    await this.tail
    await this.client?.end({ timeout: 1 }).catch(() => {})
    this.discard()
  }

  /** @param fail what a failure to dial is told to. */
  private newClient(fail: (error: unknown) => void): postgres.Sql {
    const { url, statementTimeout, prepare } = this.options
    let dials = 0
    const hold = (socket: net.Socket) => {
      this.socket = socket
    }
    const client: postgres.Sql = postgres(url, {
      max: 1,
      prepare,
      fetch_types: false,
      // ours to decide: the driver would end an idle connection in the middle of a transaction
      connect_timeout: 0,
      idle_timeout: 0,
      max_lifetime: null,
      socket: async (target: Target) => {
        try {
          // the driver dials again where a host is not what `target_session_attrs` asks for, or hangs up
          while (!this.loggedIn && this.holds(client) && dials < target.host.length) {
            const socket = await dial(target, this.firstHost + dials++, CONNECT_TIMEOUT, hold).catch(
              (error: unknown) => {
                if (dials >= target.host.length) throw error
              },
            )
            if (socket) return socket
          }
          // a connection is one socket: another one would lose what was begun on it
          throw new ConnectionLost('CONNECTION_CLOSED')
        } catch (error) {
          fail(error)
          throw error
        }
      },
      onnotice: () => {},
      onclose: () => {
        if (this.client === client) this.discard()
      },
      connection: {
        application_name: 'broadsheet',
        TimeZone: 'UTC',
        // moments are read as text: whatever the server's own style is
        DateStyle: 'ISO',
        // a pooler refuses settings that it does not keep for each client; README says what to set there instead
        ...(prepare && sessionSettings(statementTimeout)),
      },
    } as postgres.Options<Record<string, never>>)
    // for its effect on the client: dates stay text, JSON is passed as it is, as Drizzle expects
    drizzle(client)
    return client
  }
}

/** What holds for a session of our own. @param statementTimeout milliseconds. */
function sessionSettings(statementTimeout: number) {
  return {
    statement_timeout: statementTimeout,
    // less, so that who waits for a lock is told that, not that the database is slow
    lock_timeout: Math.round(Math.min(2000, statementTimeout * 0.75)),
    idle_in_transaction_session_timeout: 10_000,
    // a client that has vanished is noticed in half a minute, not in the two hours of most systems
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 4,
    // the triggers need it: they look at what others committed after a lock was won
    default_transaction_isolation: 'read committed',
    // every statement is made of index steps whatever its values are, and to plan it takes longer than to run it: left to
    // itself, Postgres plans those of a large database anew each time (1.0 of 1.3 ms, seen). test/db/explain.test.ts holds
    // the plans that are made for any values to the same bounds as those for given ones
    plan_cache_mode: 'force_generic_plan',
    // JIT costs more than it saves on statements of a few milliseconds, and its timing jumps
    jit: 'off',
  }
}

const IGNORED_SOCKET =
  'postgres.js did not use the socket that it was given, on which lost connections are noticed: ' +
  'install the version of it that package-lock.json names.'
