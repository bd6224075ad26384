import type { ImportRecord } from '../domain/interchange.ts'

/** Ids that are kept in mind: memory must not grow with the input, and doubles stand close together. */
const KEPT = 100_000

/**
 * Finds a second item with the id of an earlier one. The first counts: were both written, each run would turn the
 * one into the other and back.
 */
export class RecentIds {
  private readonly places = new Map<string, string>()

  /** @returns where the first item with this kind and id stands, or undefined for the first itself. */
  firstWith(record: ImportRecord): string | undefined {
    // pages are known by their headline, not by their file
    if (record.kind === 'page' || record.kind === 'fault') return undefined
    const key = `${record.kind}:${'externalId' in record ? record.externalId : record.slug}`
    const first = this.places.get(key)
    if (first === undefined) this.remember(key, record.where)
    return first
  }

  private remember(key: string, where: string): void {
    const oldest = this.places.size >= KEPT ? this.places.keys().next().value : undefined
    if (oldest !== undefined) this.places.delete(oldest)
    this.places.set(key, where)
  }
}
