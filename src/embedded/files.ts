import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Account, giveTo } from './account.ts'

/**
 * Puts a small file in place whole, readable for the account alone. Written anew and never through a link,
 * for the directory may belong to a less trusted user than us.
 */
export function replaceFile(path: string, text: string, account: Account): void {
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  // flushed, or a power cut could leave the name with nothing in it: the password would be lost
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
  giveTo(account, draft)
  renameSync(draft, path)
}

/** A file's text without its last line end; undefined when there is no such file. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes a directory that has the given permissions whatever the umask is. */
export function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true })
  if ((statSync(path).mode & 0o777) === mode) return
  try {
    chmodSync(path, mode)
  } catch (error) {
    // A volume that belongs to someone else but lets us write, as some container platforms hand out.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
