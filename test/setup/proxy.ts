import net from 'node:net'

/** How the network between the server and its database behaves. */
export type Weather = 'pass' | 'blackhole' | 'refuse'

/** A TCP proxy that can go bad: swallow everything (half-open), refuse, or cut what is open. */
export interface FaultyProxy {
  url: string
  weather: Weather
  /** Resets every open connection. */
  cut(): void
  close(): Promise<void>
}

/** A proxy in front of the server that `url` names. */
export async function startProxy(url: string): Promise<FaultyProxy> {
  const target = new URL(url)
  const sockets = new Set<net.Socket>()
  const proxy = { weather: 'pass' as Weather }
  const server = net.createServer((client) => {
    if (proxy.weather === 'refuse') return void client.resetAndDestroy()
    const upstream = net.connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (data) => proxy.weather === 'blackhole' || to.write(data))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (proxy.weather !== 'blackhole') to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((server.address() as net.AddressInfo).port)
  return Object.assign(proxy, {
    url: through.href,
    cut: () => sockets.forEach((socket) => void socket.resetAndDestroy()),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  })
}
