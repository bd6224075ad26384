import { Parser } from 'htmlparser2'
import { type Allowlist, elementFaults } from './allowlist.ts'

/** Every tag, attribute and address in `html` that `allowed` does not name; empty when all is well. */
export function trespasses(html: string, allowed: Allowlist): string[] {
  const found: string[] = []
  const parser = new Parser({
    onopentag: (tag, attributes) => found.push(...elementFaults(tag, Object.entries(attributes), allowed)),
    oncomment: (text) => found.push(`<!--${text}-->`),
    onprocessinginstruction: (name) => found.push(`<${name}>`),
  })
  parser.end(html)
  return found
}
