import { expect } from 'vitest'
import { eventually, json, post, type Server, startServer, stop } from './support.ts'

const ARTICLE = '/v1/articles/harbour-wall-to-be-rebuilt'
const WRITERS = 4

/** What a client knows of the comments that it sent, by Idempotency-Key. */
interface Ledger {
  acknowledged: Map<string, string>
  unknown: Set<string>
}

/**
 * Kills a server outright in the middle of posting, again and again: every comment that was acknowledged is there
 * after the restart, once; one whose fate is unknown is there once after it was sent again.
 */
export async function killRounds(rounds: number): Promise<void> {
  const ledger: Ledger = { acknowledged: new Map(), unknown: new Set() }
  let server = await startServer()
  for (let round = 0; round < rounds; round++) {
    const enough = ledger.acknowledged.size + 10 + Math.floor(Math.random() * 60)
    const writers = Array.from({ length: WRITERS }, (_, i) =>
      write(server, `round-${round}-writer-${i}`, ledger),
    )
    await eventually(() => ledger.acknowledged.size >= enough)
    server.child.kill('SIGKILL')
    await server.ended
    await Promise.all(writers)
    server = await startServer(server.env)
    await settle(server, ledger)
  }
  expect(ledger.acknowledged.size).toBeGreaterThanOrEqual(rounds * 10)
  expect((await stop(server)).code).toBe(0)
}

/** Posts one comment after another until the server is gone. */
async function write(server: Server, name: string, { acknowledged, unknown }: Ledger): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `${name}-${i}`
    const response = await send(server, key).catch(() => undefined)
    const posted = response && (await idOf(response))
    if (!posted) {
      unknown.add(key)
      return
    }
    acknowledged.set(key, posted)
  }
}

function send(server: Server, key: string): Promise<Response> {
  const comment = { body: `Comment ${key}.`, author: { name: 'Writer' } }
  return fetch(`${server.url}${ARTICLE}/comments`, post(comment, { 'idempotency-key': key }))
}

/** The id in an answer; undefined where the answer broke off. */
async function idOf(response: Response): Promise<string | undefined> {
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  try {
    return ((await response.json()) as { comment: { id: string } }).comment.id
  } catch {
    return undefined
  }
}

async function settle(server: Server, { acknowledged, unknown }: Ledger): Promise<void> {
  const before = await stored(server)
  for (const [key, id] of acknowledged) expect(before.get(key), key).toEqual([id])
  for (const key of unknown) {
    const id = await idOf(await send(server, key))
    if (!id) throw new Error('an answer broke off')
    // one that was stored before the kill is found again, not made again
    expect([[id], undefined]).toContainEqual(before.has(key) ? before.get(key) : undefined)
    acknowledged.set(key, id)
  }
  unknown.clear()
  for (const [key, id] of [...acknowledged].slice(-WRITERS))
    expect(await idOf(await send(server, key)), key).toBe(id)
  const after = await stored(server)
  for (const [key, id] of acknowledged) expect(after.get(key), key).toEqual([id])
  expect([...after.values()].flat()).toHaveLength(acknowledged.size)
}

/** The ids of the comments that a reader sees, by the key in their words. */
async function stored(server: Server): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  let after = ''
  do {
    const url = `${server.url}${ARTICLE}/comments?limit=100&replies=0${after && `&after=${after}`}`
    const { data, page } = await json<{
      data: { id: string; text: string | null }[]
      page: { next: string | null }
    }>(url)
    for (const { id, text } of data) {
      const key = /^Comment (\S+)\.$/.exec(text ?? '')?.[1]
      if (key) found.set(key, [...(found.get(key) ?? []), id])
    }
    after = page.next ?? ''
  } while (after)
  return found
}
