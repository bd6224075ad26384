import { randomBytes, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { readText, replaceFile } from './files.ts'
import { dataOf, type Home } from './home.ts'

/** The name of the database and of the user who owns it. */
export const NAME = 'broadsheet'

/** Below the range that outgoing connections take their ports from, so that a saved port stays free. */
const PORTS = { from: 20_000, below: 30_000 }

/** The file initdb takes the password from. */
export function passwordFile(dir: string): string {
  return join(dir, 'password')
}

/** How to connect to one of the databases. */
export function connectionUrl(dir: string, port: number, database = NAME): string {
  const password = encodeURIComponent(readText(passwordFile(dir)) ?? '')
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`
}

/** Makes the password before the data it will open; it cannot be made up afterwards. */
export function ensurePassword({ dir, account }: Home): void {
  const file = passwordFile(dir)
  if (readText(file)) return
  if (existsSync(dataOf(dir))) {
    throw new EmbeddedPostgresError(
      `${file}, the password of the database beside it, is missing or empty: put it back, or ${USE_YOUR_OWN}.`,
    )
  }
  replaceFile(file, `${randomBytes(24).toString('base64url')}\n`, account)
}

/** The port of the last time, or another one, saved for the next time, when that is not to be had. */
export async function settlePort({ dir, account }: Home, log: (line: string) => void): Promise<number> {
  const file = join(dir, 'port')
  const saved = savedPort(file)
  if (saved && (await isFree(saved))) return saved
  const port = await freePort()
  replaceFile(file, `${port}\n`, account)
  if (saved)
    log(`Port ${saved} of the embedded database is taken by another program; using ${port} from now on`)
  return port
}

/** The port that was saved; undefined for none, and for what can be none of ours. */
function savedPort(file: string): number | undefined {
  const port = Number(readText(file))
  return Number.isInteger(port) && port > 1023 && port < 65_536 ? port : undefined
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
