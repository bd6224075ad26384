import net from 'node:net'

/**
 * How the network between the server and its database behaves. In a blackhole connections succeed and stay open, and
 * nothing goes through them, then or later.
 */
export type Weather = 'pass' | 'blackhole' | 'refuse'

/** Who of a half-open connection is not heard any more. */
export type Mute = 'client' | 'server' | 'both'

/** A TCP proxy that can go bad: swallow everything, refuse, cut what is open or leave it half-open. */
export interface FaultyProxy {
  url: string
  weather: Weather
  /** Resets every open connection. */
  cut(): void
  /** From now on nothing passes the open connections one way, or both; new ones are well. */
  halfOpen(mute: Mute): void
  close(): Promise<void>
}

interface Pair {
  client: net.Socket
  upstream: net.Socket
  mute: Mute | undefined
}

/** A proxy in front of the server that `url` names. */
export async function startProxy(url: string): Promise<FaultyProxy> {
  const target = new URL(url)
  const pairs = new Set<Pair>()
  const proxy = { weather: 'pass' as Weather }
  const server = net.createServer((client) => {
    if (proxy.weather === 'refuse') return void client.resetAndDestroy()
    const upstream = net.connect(Number(target.port), target.hostname)
    const pair: Pair = { client, upstream, mute: undefined }
    pairs.add(pair)
    for (const [name, from, to] of [
      ['client', client, upstream],
      ['server', upstream, client],
    ] as const) {
      const swallows = () => {
        if (proxy.weather === 'blackhole') pair.mute = 'both'
        return pair.mute === 'both' || pair.mute === name
      }
      from.setNoDelay()
      from.on('data', (data) => swallows() || to.write(data))
      from.on('error', () => {})
      // that one side has hung up is swallowed like anything else that it says
      from.on('close', () => {
        if (!swallows()) to.destroy()
        if (client.destroyed && upstream.destroyed) pairs.delete(pair)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((server.address() as net.AddressInfo).port)
  return Object.assign(proxy, {
    url: through.href,
    cut: () => {
      for (const { client, upstream } of pairs) {
        client.resetAndDestroy()
        upstream.resetAndDestroy()
      }
    },
    halfOpen: (mute: Mute) => {
      for (const pair of pairs) pair.mute = mute
    },
    close: () => {
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  })
}
