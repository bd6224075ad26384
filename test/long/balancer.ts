import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** How often it asks each instance whether it is ready. */
const PROBE_EVERY = 100

export interface Balancer {
  url: string
  /** What went wrong between it and an instance; it never sends a request twice. */
  failures: string[]
  /** How many instances it holds for ready. */
  ready(): number
  close(): Promise<void>
}

/**
 * One address for several instances: requests go in turn to those that said at their last probe that they are ready,
 * over connections that are kept. It knows nothing else of them, and heals nothing.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const instances = ports.map((port) => ({
    port,
    ready: false,
    agent: new http.Agent({ keepAlive: true }),
  }))
  const failures: string[] = []
  let turn = 0

  const probe = setInterval(() => {
    for (const instance of instances) {
      http
        .get({ port: instance.port, host: '127.0.0.1', path: '/readyz', agent: false }, (answer) => {
          instance.ready = answer.statusCode === 200
          answer.resume()
        })
        .on('error', () => {
          instance.ready = false
        })
    }
  }, PROBE_EVERY)

  const server = http.createServer((request, response) => {
    const ready = instances.filter((instance) => instance.ready)
    const chosen = ready[turn++ % Math.max(1, ready.length)]
    if (!chosen) {
      failures.push('no instance is ready')
      return void response.writeHead(502).end()
    }
    const { port, agent } = chosen
    const { method, url: path, headers } = request
    const { connection: _, ...passed } = headers
    const onward = http.request(
      { host: '127.0.0.1', port, agent, method, path, headers: passed },
      (answer) => {
        const { connection: __, 'keep-alive': ___, ...kept } = answer.headers
        response.writeHead(answer.statusCode ?? 502, kept)
        answer.pipe(response)
      },
    )
    onward.on('error', (error) => {
      failures.push(`${method} ${path}: ${error.message}`)
      if (!response.headersSent) response.writeHead(502)
      response.end()
    })
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    ready: () => instances.filter((instance) => instance.ready).length,
    close: async () => {
      clearInterval(probe)
      for (const { agent } of instances) agent.destroy()
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}
