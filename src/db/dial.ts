import net from 'node:net'

/** What a lost connection rejects with; pg-errors.ts knows the codes. */
export class ConnectionLost extends Error {
  readonly code: string

  constructor(code: 'CONNECTION_CLOSED' | 'CONNECT_TIMEOUT' | 'STATEMENT_UNANSWERED', cause?: unknown) {
    super(code, { cause })
    this.code = code
  }
}

/** What the driver tells of its settings to whom it asks for a socket. */
export interface Target {
  host: string[]
  port: number[]
  path?: string
}

/**
 * Connects to one of the hosts.
 * @param turn counts up; the host whose turn it is.
 * @param limit milliseconds for all hosts together; each has its share.
 * @param hold is given the socket at once, so that it can be destroyed also before it is connected.
 * @throws ConnectionLost, or what the system says.
 */
export function dial(
  { host: hosts, port: ports, path }: Target,
  turn: number,
  limit: number,
  hold: (socket: net.Socket) => void,
): Promise<net.Socket> {
  const host = hosts[turn % hosts.length] as string
  const port = ports[turn % hosts.length] as number
  return new Promise((resolve, reject) => {
    const socket = path ? net.connect(path) : net.connect({ host, port, keepAlive: true })
    hold(socket)
    const timer = setTimeout(
      () => socket.destroy(new ConnectionLost('CONNECT_TIMEOUT')),
      limit / hosts.length,
    )
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      // where the driver looks for the name to ask a TLS server for
      resolve(path ? socket : Object.assign(socket, { host }))
    })
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new ConnectionLost('CONNECTION_CLOSED'))
    })
  })
}
