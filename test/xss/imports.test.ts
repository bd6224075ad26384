import { test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { importDoors } from './doors.ts'
import { nothingRuns, PATIENCE } from './judging.ts'

const server = await startApp()

test.each(await importDoors(server))('$name: nothing runs', { timeout: PATIENCE }, async (door) => {
  await nothingRuns(door, server)
})
