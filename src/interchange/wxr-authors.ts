import slugify from '@sindresorhus/slugify'
import type { ImportRecord, TermReference } from '../domain/interchange.ts'
import { skipped } from './faults.ts'
import { plainText } from './text.ts'
import { childText, type XmlElement } from './xml-units.ts'

/** The authors of an export by login. A login or a name that is an e-mail address is never passed on whole. */
export class WxrAuthors {
  readonly #byLogin = new Map<string, Required<TermReference>>()
  readonly #slugs = new Set<string>()

  /** Reads a `wp:author`; its e-mail address is not even looked at. */
  declare(unit: XmlElement, where: string): ImportRecord[] {
    const login = childText(unit, 'wp:author_login')
    if (login === '') return [skipped(where, 'an author without a login')]
    const first = childText(unit, 'wp:author_first_name')
    const last = childText(unit, 'wp:author_last_name')
    const names = [childText(unit, 'wp:author_display_name'), `${first} ${last}`]
    return [{ kind: 'author', where, bio: '', ...this.#enter(login, names) }]
  }

  /** The author named by an article, declared before or not. */
  reference(login: string): TermReference {
    return this.#enter(login, [])
  }

  #enter(login: string, names: string[]): Required<TermReference> {
    const known = this.#byLogin.get(login)
    if (known !== undefined) return known
    const name = [...names, login].map(plainText).find(isPublicName) ?? localPart(login)
    const author = { slug: this.#freeSlug(login.includes('@') ? name : login), name }
    this.#byLogin.set(login, author)
    return author
  }

  /** Logins that differ only in what a slug leaves out are still different people. */
  #freeSlug(from: string): string {
    const base = slugify(from, { decamelize: false }) || 'author'
    let slug = base
    for (let count = 2; this.#slugs.has(slug); count += 1) slug = `${base}-${count}`
    this.#slugs.add(slug)
    return slug
  }
}

function isPublicName(name: string): boolean {
  return name !== '' && !name.includes('@')
}

function localPart(login: string): string {
  return login.split('@')[0] || 'Author'
}
