import { expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp({ COMMENTS_DEVICE_VOTES: 'false' })
const { app, database } = server
const { sql } = database

test('where devices do not vote they are refused, may still take back, and others vote', async () => {
  const id = await comment(sql, await article(sql))
  const url = `/v1/comments/${id}/vote`
  const { deviceToken } = (await app.inject({ method: 'POST', url: '/v1/devices' })).json()
  const device = { 'comment-device': deviceToken }
  const payload = { value: 1 }
  problemOf(await app.inject({ method: 'PUT', url, headers: device, payload }), 403, 'FORBIDDEN')
  expect((await app.inject({ method: 'DELETE', url, headers: device })).statusCode).toBe(204)
  const headers = { ...(await keyHeaders(server, 'comments:write')), 'comment-subject': 'reader' }
  const voted = await app.inject({ method: 'PUT', url, headers, payload })
  expect(voted.json().votes).toEqual({ up: 1, down: 0, score: 1 })
})
