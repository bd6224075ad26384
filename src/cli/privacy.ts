import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Deps } from '../deps.ts'
import { isId } from '../lib/ids.ts'
import { OperatorError } from './database.ts'
import { onInterrupt } from './housekeeping.ts'
import { withDeps } from './session.ts'

interface Named {
  email?: string
  subject?: string
  comment?: string
}

type Part = Awaited<ReturnType<Deps['core']['privacy']['exportNamed']>>

/** Milliseconds between lines of progress. */
const LINE_EVERY = 2000

export function privacyCommands(program: Command, loadConfig: () => Config): void {
  const named = (command: Command) =>
    command
      .option('--email <address>', 'by the address that was typed, or vouched for by a trusted server')
      .option('--subject <name>', 'a reader of a trusted server, as that names its readers')
      .option('--comment <id>', 'whoever wrote this comment')

  named(
    program
      .command('export')
      .description('print all that is known of a person as JSON: comments, votes, reports'),
  ).action(async (options: Named) => {
    const claim = claimOf(options)
    await withDeps(loadConfig(), async ({ core }) => {
      console.log(
        JSON.stringify(await wholeExport((after) => core.privacy.exportNamed(claim, after)), null, 2),
      )
    })
  })

  named(
    program
      .command('erase')
      .description('erase a person from every store, and print the receipt as JSON; cannot be undone'),
  ).action(async (options: Named) => {
    const claim = claimOf(options)
    const stopping = onInterrupt()
    const { complete, ...receipt } = await withDeps(loadConfig(), ({ core }) =>
      core.privacy.eraseNamed(claim, { stopping, report: progress('comments erased') }),
    )
    console.log(JSON.stringify({ ...receipt, complete }, null, 2))
    if (!complete) throw new OperatorError('Stopped before the end: run it again to go on.')
  })
}

/** @throws OperatorError unless a person is named in one way. */
function claimOf({ email, subject, comment }: Named): {
  email?: string
  subject?: string
  commentId?: string
} {
  const ways = [email, subject, comment].filter((value) => value !== undefined && value !== '')
  if (ways.length !== 1)
    throw new OperatorError('Name the person in one way: --email, --subject or --comment.')
  if (comment !== undefined && !isId(comment)) throw new OperatorError(`${comment} is no id of a comment.`)
  return { ...(email && { email }), ...(subject && { subject }), ...(comment && { commentId: comment }) }
}

/** All parts of an export as one. */
async function wholeExport(read: (after?: string) => Promise<Part>): Promise<Omit<Part, 'page'>> {
  const tell = progress('comments, votes and reports read')
  const { page, ...whole } = await read()
  for (let next = page.next; next !== null; ) {
    tell(whole.comments.length + whole.votes.length + whole.reports.length)
    const part = await read(next)
    whole.comments.push(...part.comments)
    whole.votes.push(...part.votes)
    whole.reports.push(...part.reports)
    next = part.page.next
  }
  return whole
}

function progress(what: string): (count: number) => void {
  let last = Date.now()
  return (count) => {
    if (Date.now() - last < LINE_EVERY) return
    last = Date.now()
    console.error(`${count} ${what}`)
  }
}
