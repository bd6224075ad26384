import { expect, inject, test } from 'vitest'
import { cloneDatabase } from '../setup/database.ts'

test('the databases of this run are in the container, not on another server', async () => {
  const container = inject('container')
  const database = await cloneDatabase()
  try {
    const [found] = await database.sql`
      select host(inet_server_addr()) as address, current_setting('server_version') as version`
    expect(Number(new URL(database.url).port)).toBe(container.port)
    expect(container.addresses).toContain(found?.['address'])
    expect(container.version).toContain(found?.['version'])
  } finally {
    await database.drop()
  }
})
