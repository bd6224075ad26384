import { expect, onTestFinished, test } from 'vitest'
import { follow } from '../setup/events.ts'
import { eventually, json, post, startServer, stop } from './support.ts'

const ARTICLE = '/v1/articles/harbour-wall-to-be-rebuilt'

interface Posted {
  comment: { id: string }
}

test('a server that stops ends its streams and leaves; the next one tells what was missed', async () => {
  const first = await startServer()
  const says = (url: string, body: string) =>
    json<Posted>(`${url}${ARTICLE}/comments`, post({ body, author: { name: body } }))
  const client = await follow(`${first.url}${ARTICLE}/comments/stream`)
  onTestFinished(client.leave)
  expect(client.response.headers.get('content-type')).toBe('text/event-stream')
  const { comment } = await says(first.url, 'While it is open')
  await eventually(() => client.events.some(({ data }) => data.id === comment.id))
  const { code, signal } = await stop(first)
  expect([code, signal]).toEqual([0, null])
  expect(await client.ended).toBe(true)
  expect(first.output()).toContain('streamComments')
  expect(first.output()).not.toContain('While it is open')

  const second = await startServer({ DATA_DIR: first.dir })
  const missed = await says(second.url, 'While nobody listens')
  const back = await follow(`${second.url}${ARTICLE}/comments/stream`, {
    'last-event-id': client.lastId ?? '',
  })
  onTestFinished(back.leave)
  await eventually(() => back.events.length > 0)
  expect(back.events.map(({ type, data }) => [type, data.id])).toEqual([['comment', missed.comment.id]])
  const { data } = await json<{ data: { id: string; type: string }[] }>(
    `${second.url}/v1/comments/changes?limit=100`,
  )
  expect(data.slice(-2).map(({ id }) => id)).toEqual([comment.id, missed.comment.id])
})
