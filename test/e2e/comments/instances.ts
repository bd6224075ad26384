import { setTimeout as pause } from 'node:timers/promises'
import { NO_LIMITS } from '../../setup/limits.ts'
import { type Server, startServer } from '../support.ts'

/** The limits that a server has by itself: a variable that is empty is one that is not set. */
const OWN_LIMITS = Object.fromEntries(Object.keys(NO_LIMITS).map((name) => [name, '']))

/** Milliseconds between two kills. */
const BETWEEN_KILLS = [2000, 4000] as const

/** Servers over one database. Their addresses stay; who asks one that is dead finds nobody there. */
export class Instances {
  kills = 0
  readonly urls: readonly string[]
  private readonly servers: Server[]

  private constructor(servers: Server[]) {
    this.servers = servers
    this.urls = servers.map(({ url }) => url)
  }

  static async start(databaseUrl: string, count: number): Promise<Instances> {
    const env = { ...OWN_LIMITS, DATABASE_URL: databaseUrl }
    return new Instances(await Promise.all(Array.from({ length: count }, () => startServer(env))))
  }

  /** The address of one of them, by chance. */
  url(): string {
    return this.urls[Math.floor(Math.random() * this.urls.length)] as string
  }

  /** Kills one by chance every few seconds, and starts it again, until told to stop. Ends when all run. */
  async killUntil(over: () => boolean): Promise<void> {
    const [least, most] = BETWEEN_KILLS
    const starting = new Map<Server, Promise<void>>()
    while (!over()) {
      await pause(least + Math.random() * (most - least))
      const running = this.servers.filter((server) => !starting.has(server))
      const chosen = running[Math.floor(Math.random() * running.length)]
      // one is left, however long the others take to come back
      if (!chosen || running.length < 2) continue
      starting.set(
        chosen,
        this.replace(chosen).then(() => void starting.delete(chosen)),
      )
    }
    await Promise.all(starting.values())
  }

  private async replace(server: Server): Promise<void> {
    server.child.kill('SIGKILL')
    this.kills++
    await server.ended
    this.servers[this.servers.indexOf(server)] = await startServer(server.env)
  }
}
