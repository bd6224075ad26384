import type { ImportRecord } from '../domain/interchange.ts'
import { lossy } from './faults.ts'
import { WxrAuthors } from './wxr-authors.ts'
import { readItem } from './wxr-item.ts'
import { readCategory, readTag, readTerm } from './wxr-terms.ts'
import { notAnExport, type XmlElement, XmlUnits } from './xml-units.ts'

/**
 * Reads a WordPress export (WXR 1.0 to 1.2), one item in memory at a time. What cannot be taken over becomes
 * a fault. Throws an InputError when the input is no such export, or, after all records before the place,
 * where its XML is not well-formed or is cut off.
 */
export async function* readWxr(chunks: AsyncIterable<string>): AsyncGenerator<ImportRecord> {
  const units = new XmlUnits()
  const channel = new Channel()
  for await (const unit of units.read(chunks)) yield* channel.records(unit)
  if (!channel.isExport) throw notAnExport()
  if (units.dropped > 0)
    yield lossy('whole file', `${units.dropped} characters not allowed in XML were removed`)
}

class Channel {
  isExport = false
  #items = 0
  readonly #authors = new WxrAuthors()

  records(unit: XmlElement): ImportRecord[] {
    const where = `line ${unit.line}`
    switch (unit.name) {
      case 'wp:wxr_version':
        this.isExport = true
        return []
      case 'wp:author':
        return this.#authors.declare(unit, where)
      case 'wp:category':
        return readCategory(unit, where)
      case 'wp:tag':
        return readTag(unit, where)
      case 'wp:term':
        return readTerm(unit, where)
      case 'item':
        return this.#item(unit)
      default:
        return []
    }
  }

  #item(unit: XmlElement): ImportRecord[] {
    // The version stands before all items; without it this is an ordinary feed.
    if (!this.isExport) throw notAnExport()
    this.#items += 1
    return readItem(unit, `item ${this.#items}, line ${unit.line}`, this.#authors)
  }
}
