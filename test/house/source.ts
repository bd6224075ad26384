import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Import {
  /** A path from `src`, or the name of a package or of a module of Node. */
  to: string
  /** True where nothing is left of it when the program runs. */
  typeOnly: boolean
  /** The names that are imported; empty for a whole module. */
  names: string[]
}

export interface SourceFile {
  /** From `src`, such as `core/articles.ts`. */
  path: string
  /** Without comments. */
  code: string
  imports: Import[]
}

/** Every file of `src`. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true })
    .map((path) => String(path).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const code = withoutComments(readFileSync(join(ROOT, 'src', path), 'utf8'))
      return { path, code, imports: importsOf(path, code) }
    })
}

/** The room of a file: its folder, or itself where it stands in `src`. */
export const roomOf = (path: string): string => path.split('/')[0] as string

/** `@scope/name/part` → `@scope/name`; undefined for files of ours and modules of Node. */
export function packageOf({ to }: Import): string | undefined {
  if (isOurs({ to }) || to.startsWith('node:')) return undefined
  return to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/')
}

export const isOurs = ({ to }: Pick<Import, 'to'>): boolean => to.endsWith('.ts')

const STATIC = /^(?:import|export)\s+(type\s+)?(?:(\*[^'"`;]*?|\{[^}'"`;]*\}|[\w$]+)\s+from\s+)?'([^']+)'/gm
const DYNAMIC = /\bimport\('([^']+)'\)/g

/** The formatter keeps imports at the start of a line, in single quotes; so a pattern reads them all. */
function importsOf(path: string, code: string): Import[] {
  const resolved = (to: string) => (to.startsWith('.') ? posix.join(posix.dirname(path), to) : to)
  const fixed = [...code.matchAll(STATIC)].map(([, type, names = '', to = '']) => ({
    to: resolved(to),
    typeOnly: type !== undefined,
    names: names.startsWith('{') ? namesIn(names) : [],
  }))
  const dynamic = [...code.matchAll(DYNAMIC)].map(([, to = '']) => ({
    to: resolved(to),
    typeOnly: false,
    names: [],
  }))
  return [...fixed, ...dynamic]
}

/** `{ a, type B, c as d }` → `a`, `c`: what is there when the program runs. */
const namesIn = (braces: string): string[] =>
  braces
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim().split(' as ')[0] as string)
    .filter((name) => name !== '' && !name.startsWith('type '))

/** Whole-line and block comments; what stands behind code on its line stays. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/$/gm, '').replace(/^\s*\/\/.*$/gm, '')
}
