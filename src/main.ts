#!/usr/bin/env node
import { Command } from 'commander'
import { OperatorError } from './cli/database.ts'
import { demoCommand } from './cli/demo.ts'
import { doctorCommand } from './cli/doctor.ts'
import { importCommand } from './cli/import.ts'
import { keyCommand } from './cli/key.ts'
import { migrateCommand } from './cli/migrate.ts'
import { serveCommand } from './cli/serve.ts'
import { ConfigError, loadProcessConfig } from './config.ts'
import { EmbeddedPostgresError } from './embedded/errors.ts'
import { InputError } from './interchange/errors.ts'
import { VERSION } from './version.ts'

/** Faults of the operator's side: told in a sentence, without a stack. */
const EXPLAINED = [OperatorError, ConfigError, EmbeddedPostgresError, InputError]

const program = new Command('broadsheet')
  .description('A headless content API for publications. Configured by the environment: see README.md.')
  .version(VERSION)
  .showHelpAfterError('(--help shows what can be said here)')

const exit = (code: number) => process.exit(code)
serveCommand(program, loadProcessConfig, exit)
migrateCommand(program, loadProcessConfig)
importCommand(program, loadProcessConfig)
keyCommand(program, loadProcessConfig)
doctorCommand(program, loadProcessConfig)
demoCommand(program, loadProcessConfig)

try {
  await program.parseAsync()
} catch (error) {
  const listening = (error as { code?: unknown }).code === 'EADDRINUSE'
  if (listening) console.error('The port is taken by another process: set PORT to a free one.')
  else if (EXPLAINED.some((kind) => error instanceof kind)) console.error((error as Error).message)
  else console.error(error)
  exit(1)
}
