import { setTimeout as pause } from 'node:timers/promises'
import { NO_LIMITS } from '../../setup/limits.ts'
import { freePort, type Server, startServer } from '../support.ts'

/** The limits that a server has by itself: a variable that is empty is one that is not set. */
const OWN_LIMITS = Object.fromEntries(Object.keys(NO_LIMITS).map((name) => [name, '']))

/** Milliseconds between two kills. */
const BETWEEN_KILLS = [2000, 4000] as const

/** Servers over one database. Their addresses stay; who asks one that is dead finds nobody there. */
export interface Instances {
  /** Of one of them, by chance. */
  url(): string
  /** Of each of them. */
  urls: readonly string[]
  kills: number
  /** Kills one by chance every few seconds, and starts it again, until told to stop. @returns when all run. */
  killUntil(over: () => boolean): Promise<void>
}

export async function startInstances(databaseUrl: string, count: number): Promise<Instances> {
  const start = (port: number) =>
    startServer({ ...OWN_LIMITS, DATABASE_URL: databaseUrl, PORT: String(port) })
  const servers = await Promise.all(Array.from({ length: count }, async () => start(await freePort())))
  const urls = servers.map(({ url }) => url)
  const instances: Instances = {
    url: () => urls[Math.floor(Math.random() * urls.length)] as string,
    urls,
    kills: 0,
    killUntil: async (over) => {
      const [least, most] = BETWEEN_KILLS
      for (;;) {
        await pause(least + Math.random() * (most - least))
        if (over()) return
        const at = Math.floor(Math.random() * count)
        const { child, ended, env } = servers[at] as Server
        child.kill('SIGKILL')
        await ended
        instances.kills++
        servers[at] = await start(Number(env['PORT']))
      }
    },
  }
  return instances
}
