#!/usr/bin/env node
import { Command } from 'commander'
import { OperatorError } from './cli/database.ts'
import { demoCommand } from './cli/demo.ts'
import { doctorCommand } from './cli/doctor.ts'
import { housekeepingCommand } from './cli/housekeeping.ts'
import { importCommand } from './cli/import.ts'
import { keyCommand } from './cli/key.ts'
import { migrateCommand } from './cli/migrate.ts'
import { privacyCommands } from './cli/privacy.ts'
import { serveCommand } from './cli/serve.ts'
import { ConfigError, loadProcessConfig } from './config.ts'
import { EmbeddedPostgresError } from './embedded/errors.ts'
import { InputError } from './interchange/errors.ts'
import { AppError } from './lib/errors.ts'
import { loggedError } from './lib/logged-error.ts'
import { VERSION } from './version.ts'

/** Faults of the operator's side: told in a sentence, without a stack. */
const EXPLAINED = [OperatorError, ConfigError, EmbeddedPostgresError, InputError, AppError]

/** What keeps a server from listening, by the code of the system. */
const LISTENING: Record<string, string> = {
  EADDRINUSE: 'The port is taken by another process: set PORT to a free one.',
  EACCES: 'The port may not be used by this user: set PORT to one above 1023.',
  EADDRNOTAVAIL: 'HOST is no address of this machine: set it to one that is, or to 0.0.0.0 for all.',
  ENOTFOUND: 'HOST is no address of this machine: set it to one that is, or to 0.0.0.0 for all.',
}

const program = new Command('broadsheet')
  .description('A headless content API for publications. Configured by the environment: see README.md.')
  .version(VERSION)
  .showHelpAfterError('(--help shows what can be said here)')

const exit = (code: number) => process.exit(code)
serveCommand(program, loadProcessConfig, exit)
migrateCommand(program, loadProcessConfig)
importCommand(program, loadProcessConfig)
keyCommand(program, loadProcessConfig)
housekeepingCommand(program, loadProcessConfig)
privacyCommands(program, loadProcessConfig)
doctorCommand(program, loadProcessConfig)
demoCommand(program, loadProcessConfig)

try {
  await program.parseAsync()
} catch (error) {
  const listening = LISTENING[String((error as { code?: unknown }).code)]
  if (listening) console.error(listening)
  else if (EXPLAINED.some((kind) => error instanceof kind)) console.error((error as Error).message)
  // never as it is: SQL, parameters and whatever was sent may stand in its message
  else console.error('Something went wrong on our side:', loggedError(error))
  exit(1)
}
