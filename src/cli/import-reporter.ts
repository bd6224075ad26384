import { SingleBar } from 'cli-progress'
import type { ImportReport } from '../core/import.ts'
import type { ImportFault } from '../domain/interchange.ts'

/** Faults that are kept for the end; what goes beyond is told at once, for memory must not grow with the input. */
const KEPT = 10_000
/** Milliseconds between plain lines. */
const LINE_EVERY = 2000

interface Measured {
  bytes: number | null
  read(): number
}

/** Progress on stderr (a bar on a terminal, lines otherwise) and the report on stdout. */
export class ImportReporter {
  private readonly started = Date.now()
  private readonly faults: ImportFault[] = []
  private readonly bar: SingleBar | undefined
  private readonly input: Measured | undefined
  private readonly dryRun: boolean
  private report: ImportReport | undefined
  private lastLine = Date.now()

  constructor(input: Measured | undefined, dryRun: boolean) {
    this.input = input
    this.dryRun = dryRun
    if (process.stderr.isTTY && input?.bytes) {
      this.bar = new SingleBar({
        format: '{bar} {percentage}% · {items} items · {eta_formatted} left',
        stream: process.stderr,
      })
      this.bar.start(input.bytes, 0, { items: 0 })
    }
  }

  fault(fault: ImportFault): void {
    if (this.faults.length < KEPT) this.faults.push(fault)
    else console.log(line(fault))
  }

  progress(report: ImportReport): void {
    this.report = report
    const items = total(report)
    if (this.bar) this.bar.update(this.input?.read() ?? 0, { items })
    else if (Date.now() - this.lastLine >= LINE_EVERY) {
      this.lastLine = Date.now()
      const share = this.input?.bytes ? `, ${Math.floor((this.input.read() / this.input.bytes) * 100)} %` : ''
      console.error(`${items} items${share}`)
    }
  }

  finish(): void {
    this.bar?.stop()
    for (const fault of this.faults) console.log(line(fault))
    if (!this.report) return
    for (const [kind, { created, updated, unchanged }] of Object.entries(this.report.outcomes)) {
      if (created + updated + unchanged === 0) continue
      console.log(`${kind.padEnd(9)} ${created} created, ${updated} updated, ${unchanged} unchanged`)
    }
    const seconds = (Date.now() - this.started) / 1000
    const rate = Math.round(total(this.report) / Math.max(seconds, 0.001))
    console.log(
      `${this.report.skipped} skipped, ${this.report.faults} faults; ${seconds.toFixed(1)} s, ${rate} items/s${this.dryRun ? '; nothing was written' : ''}`,
    )
  }
}

const line = ({ where, reason, skipped }: ImportFault): string =>
  `${where}: ${skipped ? 'skipped: ' : ''}${reason}`

function total({ outcomes }: ImportReport): number {
  return Object.values(outcomes).reduce(
    (sum, { created, updated, unchanged }) => sum + created + updated + unchanged,
    0,
  )
}
