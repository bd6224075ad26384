import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, processesIn, startServer, stop } from '../e2e/support.ts'

test('a client that never comes to the end of its request does not keep a server from ending', async () => {
  const server = await startServer()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  let open = false
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n', () => {
    open = true
  })
  // a byte now and then, so that it is not taken for idle
  const drip = setInterval(() => socket.write('X-A: b\r\n'), 1000)
  onTestFinished(() => clearInterval(drip))
  await eventually(() => open)
  // without its own limit this would be for ever; the test's is what fails then
  expect(await stop(server)).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(processesIn(server.dir)).toEqual([])
})
