/** An application that owns a database and does nothing else. Says its url, or why it has none. */
import { startEmbeddedPostgres } from '../../src/embedded/supervisor.ts'

const [dir = '', durable] = process.argv.slice(2)

try {
  const { url } = await startEmbeddedPostgres({
    dir,
    durable: durable === 'durable',
    whenOwned: 'refuse',
    log() {},
  })
  console.log(url)
  setInterval(() => {}, 60_000)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
