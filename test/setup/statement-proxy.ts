import net from 'node:net'

/**
 * What becomes of one statement: the connection is cut before the server hears of it; it is cut after the server has
 * done it and before the client hears so; or the client is told a SQLSTATE in the place of its being done.
 */
export type Fate = 'cut before' | 'cut after' | { code: string }

/** A proxy that reads the protocol of Postgres and lets one statement of all that come fail. */
export interface StatementProxy {
  url: string
  /** From now on the nth statement, of all connections together, meets this fate. */
  arm(nth: number, fate: Fate): void
  /** @returns the statement that met it; undefined where fewer were sent. */
  disarm(): string | undefined
  close(): Promise<void>
}

interface Message {
  type: string
  bytes: Buffer
}

/** Takes whole messages out of a stream of bytes; the first one of a client has no type. */
function reader(startsUntyped: boolean): (data: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0)
  let untyped = startsUntyped
  return (data) => {
    rest = Buffer.concat([rest, data])
    const messages: Message[] = []
    for (;;) {
      const head = untyped ? 0 : 1
      if (rest.length < head + 4) return messages
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return messages
      messages.push({
        type: untyped ? '' : String.fromCharCode(rest[0] as number),
        bytes: rest.subarray(0, length),
      })
      untyped = false
      rest = rest.subarray(length)
    }
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const readyForQuery = (status: string) => message('Z', Buffer.from(status))
const errorResponse = (code: string) =>
  message('E', Buffer.from(`SERROR\0VERROR\0C${code}\0Mseeded by a test\0\0`))

/** The text of `Parse` and `Query`. A statement that is prepared already comes as `Bind` and shows its name. */
function textOf({ type, bytes }: Message): string {
  const [first = '', second = ''] = bytes.subarray(5).toString('utf8').split('\0')
  return type === 'P' ? second : type === 'B' ? `prepared ${second}` : first
}

/** A proxy in front of the server that `url` names. */
export async function startStatementProxy(url: string): Promise<StatementProxy> {
  const target = new URL(url)
  const sockets = new Set<net.Socket>()
  let left = Number.POSITIVE_INFINITY
  let fate: Fate = 'cut before'
  let met: string | undefined

  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname)
    const cut = () => {
      client.resetAndDestroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // messages go out one by one; held back for company, each would take 40 ms
      socket.setNoDelay()
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }

    const fromClient = reader(true)
    const fromServer = reader(false)
    /** Of the transaction, as the server said last. */
    let status = 'I'
    /** Within the messages of one statement: `Parse` or `Bind` up to `Sync`. */
    let within = false
    let doomed = false
    /** What to do with the rest of this statement, in the place of passing it on. */
    let refusing: ((end: boolean) => void) | undefined
    /** What to do when the server is ready again, in the place of telling the client. */
    let whenReady: (() => void) | undefined

    client.on('data', (data) => {
      for (const sent of fromClient(data)) {
        const begins = !within && 'PBQ'.includes(sent.type) && sent.type !== ''
        const ends = sent.type === 'S' || sent.type === 'Q'
        if (begins) {
          within = true
          doomed = --left === 0
          if (doomed) {
            met = textOf(sent)
            if (fate === 'cut before') return cut()
            if (typeof fate === 'object') refusing = refusal(fate.code, met)
          }
        }
        if (ends) within = false
        if (refusing) {
          refusing(ends)
          if (ends) refusing = undefined
          continue
        }
        upstream.write(sent.bytes)
        if (ends && doomed) whenReady = cut
        if (ends) doomed = false
      }
    })

    upstream.on('data', (data) => {
      for (const said of fromServer(data)) {
        if (said.type === 'Z') status = said.bytes.toString('utf8', 5)
        if (!whenReady) {
          client.write(said.bytes)
        } else if (said.type === 'Z') {
          const next = whenReady
          whenReady = undefined
          next()
        }
      }
    })

    /** The error at once, as the server does; that it is ready again, once the client has ended the statement. */
    function refusal(code: string, text: string): (end: boolean) => void {
      let told = false
      const commits = /^commit/i.test(text)
      return (end) => {
        if (!told) client.write(errorResponse(code))
        told = true
        if (!end) return
        // a COMMIT that fails ends the transaction; anything else leaves it to be rolled back by the client: at the
        // server it is still whole, so that a client that commits nevertheless is found out by what it wrote
        if (!commits) return void client.write(readyForQuery(status === 'I' ? 'I' : 'E'))
        whenReady = () => client.write(readyForQuery('I'))
        upstream.write(message('Q', Buffer.from('rollback\0')))
      }
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((server.address() as net.AddressInfo).port)
  return {
    url: through.href,
    arm: (nth, what) => {
      left = nth
      fate = what
      met = undefined
    },
    disarm: () => {
      left = Number.POSITIVE_INFINITY
      return met
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}
